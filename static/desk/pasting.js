/* Pasting: HTML from pages and word processors becomes Markdown, with one line per table row.

   Cells, rows and blocks are never joined, and typed characters are literal: where Markdown would interpret a
   character, it is escaped. */
"use strict";

const deskPasting = (() => {
  const BLOCKS = new Set("address article aside body caption center dd details dialog div dl dt fieldset figcaption figure footer form header hgroup html legend main nav optgroup option p search section select summary table tbody td text textarea tfoot th thead tr".split(" "));
  const HIDDEN = new Set("annotation annotation-xml img link meta script style template title xml".split(" "));
  const LISTS = new Set(["ul", "ol", "menu", "dir"]);
  const MATH = "http://www.w3.org/1998/Math/MathML";

  // Characters that Markdown may interpret are replaced by noncharacters until their neighbors are known.
  const MARKUP = "\\`*_[]<>#&~=-+.)";
  const guard = (text) => text.replace(/[\ufdd0-\ufdef\ufeff\u00ad]/g, "").replace(/[\\`*_[\]<>#&~=+.)-]/g, (each) => String.fromCharCode(0xfdd0 + MARKUP.indexOf(each)));
  const isTyped = (character) => character >= "\ufdd0" && character <= "\ufdef";
  const read = (text) => text.replace(/[\ufdd0-\ufdef]/g, (each) => MARKUP[each.charCodeAt(0) - 0xfdd0]);

  // Spaces become one, except for the spaces that group the digits of a figure.
  const narrow = (text) => text.replace(/(?<=\d)([\u00a0\u2007\u2009\u202f])(?=\d)|[\s\u0085]+/g, (_, space) => space ?? " ");

  const isSpace = (character) => !character || /\s/.test(character);
  const isPunctuation = (character) => /[\p{P}\p{S}]/u.test(character);
  const firstOf = (text) => [...text.slice(0, 2)][0] ?? "";
  const lastOf = (text) => [...text.slice(-2)].at(-1) ?? "";

  // Escapes

  // Whether a run of * or _ between these two can open and close emphasis (CommonMark 6.2).
  function flanks(mark, before, after) {
    const left = !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
    const right = !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
    if (mark === "*") return [left, right];
    return [left && (!right || isPunctuation(before)), right && (!left || isPunctuation(after))];
  }

  function addEmphasis(text, escaped) {
    for (const mark of "*_") {
      const runs = [...text.matchAll(mark === "*" ? /\*+/g : /_+/g)].map(({ 0: run, index }) => {
        const [opens, closes] = flanks(mark, lastOf(text.slice(0, index)), firstOf(text.slice(index + run.length)));
        return { index, length: run.length, opens, closes };
      });
      runs.forEach((run, place) => {
        const pairs = (run.opens && runs.slice(place + 1).some(({ closes }) => closes)) || (run.closes && runs.slice(0, place).some(({ opens }) => opens));
        if (pairs) for (let each = 0; each < run.length; each += 1) escaped.add(run.index + each);
      });
    }
  }

  function addLineStart(line, start, escaped) {
    const numbered = /^(\d{1,9})[.)](?=\s|$)/.exec(line);
    if (numbered && (start === 0 || Number(numbered[1]) === 1)) escaped.add(start + numbered[1].length);
    if (/^(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|~{3}|([-*_])(\s*\2)+\s*$)/.test(line)) escaped.add(start);
    // The rest of a run of these could still mark emphasis.
    if (escaped.has(start)) for (let place = start; /[*_]/.test(line[place - start] ?? ""); place += 1) escaped.add(place);
    if (start === 0 ? /^\[[^\]]*\]:/.test(line) : /^(=+|-+)\s*$/.test(line)) escaped.add(start);
  }

  /* Return the Markdown of a paragraph with guarded characters; those that Markdown would interpret are escaped. */
  function settle(guarded, { isLine = true } = {}) {
    const text = read(guarded);
    const escaped = new Set();
    const hasCode = text.indexOf("`") !== text.lastIndexOf("`");
    for (const { 0: mark, index } of text.matchAll(/[\\`[<&]/g)) {
      const rest = text.slice(index + 1);
      const isRead = {
        "\\": /^[!-/:-@[-`{-~\n]/.test(rest),
        "`": hasCode,
        "[": rest.startsWith("[") || rest.includes("]("),
        "<": /^([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>/i.test(rest),
        "&": /^(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]*);/i.test(rest),
      }[mark];
      if (isRead) escaped.add(index);
    }
    addEmphasis(text, escaped);
    if (isLine) for (const { index } of text.matchAll(/^/gm)) addLineStart(text.slice(index).split("\n", 1)[0], index, escaped);
    else if (/(^| )#+$/.test(text)) escaped.add(text.length - 1);
    return Array.from({ length: text.length }, (_, index) => (isTyped(guarded[index]) && escaped.has(index) ? "\\" : "") + text[index]).join("");
  }

  // Runs of text: { text, strong, em, href }, { isBreak }, { isGap }

  const isAlike = (run, other) => other && !run.isBreak && !other.isBreak && ["strong", "em", "href"].every((name) => run[name] === other[name]);

  // Join lines, but never so that two figures become one.
  const join = (lines, between) => lines.filter(Boolean).reduce((all, line) => {
    const isOfFigures = /\d$/.test(all) && /^\d/.test(line);
    return all ? `${all}${between ?? (isOfFigures ? "; " : " ")}${line}` : line;
  }, "");

  function tidy(runs) {
    const tidied = [];
    const push = (run) => {
      const last = tidied.at(-1);
      if (isAlike(run, last)) last.text += run.text;
      else tidied.push({ ...run });
    };
    runs.forEach((run, index) => {
      if (run.isGap) {
        const before = runs.slice(0, index).findLast(({ text }) => text);
        const after = runs.slice(index + 1).find(({ text }) => text);
        if (/\d$/.test(before?.text ?? "") && /^\d/.test(after?.text ?? "")) push({ text: " " });
      } else if (run.isBreak) push(run);
      else {
        // Spaces at the ends of marked text go outside the marks.
        const [, lead, text, end] = /^(\s*)(.*?)(\s*)$/s.exec(narrow(run.text));
        if (lead) push({ text: " " });
        if (text) push({ ...run, text });
        if (end && text) push({ text: " " });
      }
    });
    return tidied.map((run) => (run.text ? { ...run, text: run.text.replace(/ {2,}/g, " ") } : run));
  }

  const address = (href) => href.replace(/[\s()<>\\]/g, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, "0")}`).replace(/&(?=#?\w+;)/g, "\\&");

  function mark(run, before, after) {
    const marks = `${run.strong ? "**" : ""}${run.em ? "*" : ""}`;
    // Next to other asterisks, it would be ambiguous which ones match.
    if (!marks || [before, after].includes("*") || read(run.text).includes("*")) return run.text;
    const opens = !isPunctuation(read(firstOf(run.text))) || isSpace(before) || isPunctuation(before);
    const closes = !isPunctuation(read(lastOf(run.text))) || isSpace(after) || isPunctuation(after);
    return opens && closes ? marks + run.text + [...marks].reverse().join("") : run.text;
  }

  /* Return the runs as guarded Markdown, with a new line for each break. */
  function linesOf(runs) {
    const lines = [""];
    const tidied = tidy(runs);
    tidied.forEach((run, index) => {
      if (run.isBreak) {
        lines.push("");
        return;
      }
      const [previous, next] = [tidied[index - 1], tidied[index + 1]];
      const isSame = (other) => run.href && other?.href === run.href;
      const before = run.href && !isSame(previous) ? "[" : read(lastOf(lines.at(-1)));
      const after = run.href && !isSame(next) ? "]" : next?.href && !isSame(next) ? "[" : read(firstOf(next?.text ?? ""));
      let text = mark(run, before, after);
      // A bracket in a link's text would end or start it.
      if (run.href) text = text.replace(/[\ufdd4\ufdd5]/g, (each) => `\\${read(each)}`);
      if (run.href && !isSame(previous)) text = `[${text}`;
      if (run.href && !isSame(next)) text += `](${address(run.href)})`;
      lines[lines.length - 1] += text;
    });
    return lines.map((line) => line.replace(/ {2,}/g, " ").trim()).filter(Boolean);
  }

  // Blocks: { kind: "paragraph" | "heading" | "quote" | "code" | "rule" | "list", … }

  /* Join a cell's blocks into one line. */
  const inOneLine = (blocks) => join(blocks.flatMap((block) => {
    if (block.kind !== "list") return block.blocks ? [inOneLine(block.blocks)] : [join(linesOf(block.runs ?? []), "; ")];
    return block.items.map(({ number, blocks: own }) => `${block.isOrdered ? guard(`${number}. `) : ""}${inOneLine(own)}`);
  }), "; ");

  function stringOf(block, isOther) {
    switch (block.kind) {
      case "paragraph": return settle(linesOf(block.runs).join("\\\n"));
      case "heading": return `${block.level > 3 ? "####" : "###"} ${settle(join(linesOf(block.runs)), { isLine: false })}`;
      case "quote": return markdownOf(block.blocks).replace(/^/gm, "> ").replace(/^> $/gm, ">");
      case "rule": return "---";
      case "code": {
        const fence = "`".repeat(Math.max(3, ...[...block.text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
        return `${fence}\n${block.text}\n${fence}`;
      }
    }
    return block.items.map(({ number, blocks, row }) => {
      const bullet = block.isOrdered ? `${number}${isOther ? ")" : "."}` : isOther ? "+" : "-";
      const text = row === undefined ? markdownOf(blocks, { isItem: true }) : settle(row);
      return `${bullet} ${text}`.replace(/\n(?!\n)/g, `\n${" ".repeat(Math.max(3, bullet.length + 1))}`);
    }).join("\n");
  }

  function markdownOf(blocks, { isItem = false } = {}) {
    let isOther = false;
    return blocks.reduce((all, block, index) => {
      const previous = blocks[index - 1];
      // Adjacent lists are one list in Markdown unless their markers differ.
      isOther = block.kind === "list" && previous?.kind === "list" && previous.isOrdered === block.isOrdered && !isOther;
      const between = index === 0 ? "" : isItem && block.kind === "list" && previous.kind === "paragraph" ? "\n" : "\n\n";
      return all + between + stringOf(block, isOther);
    }, "");
  }

  // From elements to blocks

  const styleOf = (node) => node.getAttribute("data-style") ?? "";
  const isIgnored = (node) => /mso-list:\s*ignore/i.test(styleOf(node));
  const isHidden = (node) => HIDDEN.has(node.localName) || node.hasAttribute("hidden") || isIgnored(node) || /display:\s*none/i.test(styleOf(node));
  const isBlock = (node) => BLOCKS.has(node.localName) || /display:\s*(block|flex|grid|table|table-row|list-item|flow-root)\b(?!-)/i.test(styleOf(node));
  const isApart = (node) => /^(button|rt)$/.test(node.localName) || /display:\s*(inline-(block|flex|grid|table)|table-cell)/i.test(styleOf(node));

  function restyle(node, style) {
    const css = styleOf(node);
    const result = { ...style };
    if (/^(b|strong)$/.test(node.localName)) result.strong = true;
    if (/^(i|em)$/.test(node.localName)) result.em = true;
    if (/font-weight:\s*(bold|[6-9]00)/i.test(css)) result.strong = true;
    if (/font-weight:\s*(normal|[1-5]00)/i.test(css)) result.strong = false;
    if (/font-style:\s*(italic|oblique)/i.test(css)) result.em = true;
    if (/font-style:\s*normal/i.test(css)) result.em = false;
    if (node.localName === "a" && /^https?:/i.test(node.getAttribute("href") ?? "")) result.href = node.href;
    if (/^su[bp]$/.test(node.localName)) result.script = node.localName;
    return result;
  }

  // 10<sup>3</sup> is not 103.
  const SCRIPTS = { sup: "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻", sub: "₀₁₂₃₄₅₆₇₈₉₊₋₋" };
  const scripted = (text, script) => text.replace(/^\s*[+−-](?=\d)|\d/g, (each) => SCRIPTS[script]["0123456789+-−".indexOf(each.trim())]);

  function mathOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim();
    if (node.nodeType !== Node.ELEMENT_NODE || HIDDEN.has(node.localName)) return "";
    const between = { mfrac: "/", msup: "^", msub: "_" }[node.localName] ?? " ";
    return [...node.childNodes].map(mathOf).filter(Boolean).join(between);
  }

  function codeOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || isHidden(node)) return "";
    if (node.localName === "br") return "\n";
    const text = [...node.childNodes].map(codeOf).join("");
    return isBlock(node) ? `\n${text}\n` : text;
  }

  function collect(nodes, style) {
    const blocks = [];
    let runs = [];

    function flush() {
      let paragraph = [];
      const end = () => {
        if (paragraph.some(({ text }) => text?.trim())) blocks.push({ kind: "paragraph", runs: paragraph });
        paragraph = [];
      };
      const said = runs.filter(({ text, isBreak, isGap }) => isBreak || isGap || text);
      said.forEach((run, index) => {
        const next = said.slice(index + 1).find(({ text }) => text === undefined || text.trim());
        if (run.isBreak && next?.isBreak) end();
        else paragraph.push(run);
      });
      end();
      runs = [];
    }

    function add(node, around) {
      if (node.nodeType === Node.TEXT_NODE) {
        const { script, ...own } = around;
        const before = runs.findLast(({ text }) => text)?.text ?? "";
        const text = script && /[\p{L}\p{N}\ufdd5\ufddf]$/u.test(before) ? scripted(node.data, script) : node.data;
        runs.push({ ...own, text: guard(text) });
        return;
      }
      if (node.nodeType !== Node.ELEMENT_NODE || isHidden(node)) return;
      const own = restyle(node, around);
      const name = node.localName;
      const within = () => collect(node.childNodes, own);
      const alone = (...made) => {
        flush();
        blocks.push(...made);
      };
      if (name === "br") runs.push({ isBreak: true });
      else if (name === "hr") alone({ kind: "rule" });
      else if (node.namespaceURI === MATH) runs.push({ text: ` ${guard(mathOf(node))} ` });
      else if (name === "table") alone(...tableOf(node, own));
      else if (LISTS.has(name)) alone(...listsOf(node, own));
      else if (name === "li") {
        flush();
        addItem(blocks, 1, null, within());
      } else if (/MsoListParagraph/.test(node.className)) {
        flush();
        addWordItem(blocks, node, within());
      } else if (/^h[1-6]$/.test(name)) alone(...headingOf(Number(name[1]), within()));
      else if (name === "blockquote") alone({ kind: "quote", blocks: within() });
      else if (name === "pre" && !node.querySelector("table")) {
        const text = [...node.childNodes].map(codeOf).join("").replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, "");
        if (text) alone({ kind: "code", text });
      } else if (isBlock(node) || name === "pre") {
        flush();
        for (const child of node.childNodes) add(child, own);
        flush();
      } else {
        const edge = isApart(node) ? { text: " " } : /^(del|ins|s|strike)$/.test(name) ? { isGap: true } : null;
        if (edge) runs.push({ ...edge });
        for (const child of node.childNodes) add(child, own);
        if (edge) runs.push({ ...edge });
      }
    }

    for (const node of nodes) add(node, style);
    flush();
    return blocks.filter(({ kind, blocks: own }) => kind !== "quote" || own.length);
  }

  // Anything but plain text in a heading goes below it.
  function headingOf(level, blocks) {
    const words = blocks.filter(({ kind }) => kind === "paragraph");
    const runs = words.flatMap((block) => [...block.runs, { isBreak: true }]);
    return [...(runs.length ? [{ kind: "heading", level, runs }] : []), ...blocks.filter(({ kind }) => kind !== "paragraph")];
  }

  function addItem(blocks, level, number, own) {
    if (!own.length) return;
    let among = blocks;
    for (let depth = 1; depth < level && among.at(-1)?.kind === "list"; depth += 1) among = among.at(-1).items.at(-1).blocks;
    const [list, isOrdered] = [among.at(-1), number !== null];
    const goesOn = list?.isOpen && list.isOrdered === isOrdered && (!isOrdered || list.items.at(-1).number + 1 === number);
    if (goesOn) list.items.push({ number, blocks: own });
    else among.push({ kind: "list", isOpen: true, isOrdered, items: [{ number, blocks: own }] });
  }

  // Word writes lists as paragraphs, with the number or bullet as text to be ignored.
  function addWordItem(blocks, node, own) {
    const level = Number(/mso-list:[^;]*level(\d)/i.exec(styleOf(node))?.[1] ?? 1);
    const bullet = [...node.querySelectorAll("[data-style]")].find(isIgnored)?.textContent.trim() ?? "";
    const number = /^\(?(\d{1,9})[.)]$/.exec(bullet);
    // Such as “a)” or “2.1”.
    const isText = !number && /[\p{L}\p{N}]/u.test(bullet) && bullet !== "o";
    if (isText && own[0]?.runs) own[0].runs.unshift({ text: guard(`${bullet} `) });
    addItem(blocks, level, number ? Number(number[1]) : null, own);
  }

  function listsOf(node, style) {
    const blocks = [];
    const isOrdered = node.localName === "ol";
    const step = node.hasAttribute("reversed") ? -1 : 1;
    const items = [...node.children].filter(({ localName }) => localName === "li");
    let next = parseInt(node.getAttribute("start"), 10);
    if (Number.isNaN(next)) next = step > 0 ? 1 : items.length;
    for (const child of node.childNodes) {
      if (child.nodeType === Node.ELEMENT_NODE && isHidden(child)) continue;
      const isItem = child.localName === "li";
      const own = collect(isItem ? child.childNodes : [child], isItem ? restyle(child, style) : style);
      if (!own.length && !isItem) continue;
      const last = blocks.at(-1)?.items.at(-1);
      if (LISTS.has(child.localName) && last) last.blocks.push(...own);
      else {
        const value = parseInt(isItem ? child.getAttribute("value") : "", 10);
        const number = Number.isNaN(value) ? next : value;
        if (isItem) next = number + step;
        const isMarked = isOrdered && isItem && number >= 0 && number < 1e9;
        if (isOrdered && isItem && !isMarked && own[0]?.runs) own[0].runs.unshift({ text: guard(`${number}. `) });
        addItem(blocks, 1, isMarked ? number : null, own);
      }
    }
    return blocks.map(({ isOpen, ...block }) => block);
  }

  // A table becomes one line per row, with “ | ” between cells: our Markdown has no tables.

  const isCell = ({ localName }) => localName === "td" || localName === "th";

  /* Return a table's cells by column; spanned ones are empty. */
  function gridOf(table, style) {
    const spans = [];
    return rowsOf(table).map((row) => {
      const cells = [];
      let column = 0;
      const skip = () => {
        while (spans[column] > 0) {
          spans[column] -= 1;
          cells[column] = [];
          column += 1;
        }
      };
      const own = [...row.children].filter((cell) => isCell(cell) && !isHidden(cell));
      for (const cell of own) {
        skip();
        const wide = Math.min(100, parseInt(cell.getAttribute("colspan"), 10) || 1);
        const high = Math.min(1000, parseInt(cell.getAttribute("rowspan"), 10) || 1);
        const within = restyle(cell, restyle(row, style));
        for (let place = 0; place < wide; place += 1) {
          cells[column] = place ? [] : collect(cell.childNodes, within);
          spans[column] = high - 1;
          column += 1;
        }
      }
      skip();
      return { cells, isSingle: own.length < 2 };
    });
  }

  function rowsOf(table) {
    const parts = [...table.children].filter((child) => !isHidden(child));
    return parts.flatMap((part) => (part.localName === "tr" ? [part] : [...part.children].filter((row) => row.localName === "tr" && !isHidden(row))));
  }

  const isFilled = (cell) => cell.length > 0;
  // A cell with blocks but no figures: the table is used for layout.
  const isLayout = (cell) => cell.length > 4 || cell.some(({ kind, isTable, items }) => !/^(paragraph|list)$/.test(kind) || isTable || items?.some(({ blocks }) => isLayout(blocks)));

  const rowOf = (texts) => texts.slice(0, texts.findLastIndex(Boolean) + 1).join(" | ").replace(/ {2,}/g, " ").trim();

  function tableOf(table, style) {
    const captions = [...table.children].filter(({ localName }) => localName === "caption");
    const blocks = collect(captions, style);
    const grid = gridOf(table, style);
    const isOfRows = grid.some(({ cells }) => cells.filter(isFilled).length > 1);
    for (const { cells, isSingle } of grid) {
      const filled = cells.filter(isFilled);
      if (isSingle || !isOfRows || cells.some(isLayout)) blocks.push(...filled.flat());
      else if (filled.length) {
        const last = blocks.at(-1);
        const item = { row: rowOf(cells.map(inOneLine)), blocks: [] };
        if (last?.isTable === table) last.items.push(item);
        else blocks.push({ kind: "list", isTable: table, isOrdered: false, items: [item] });
      }
    }
    return blocks;
  }

  // A parser drops the tags of cells outside a table, which would join their contents.
  function wrapLooseCells(html) {
    let depth = 0;
    let start = -1;
    let end = -1;
    for (const { 0: tag, 1: closes, 2: name, index } of html.matchAll(/<(\/?)(table|t[dhr]|tbody|thead|tfoot)\b[^>]*>/gi)) {
      if (/^table$/i.test(name)) depth = Math.max(0, depth + (closes ? -1 : 1));
      else if (depth === 0) {
        if (start < 0) start = index;
        end = closes ? index + tag.length : html.length;
      }
    }
    return start < 0 ? html : `${html.slice(0, start)}<table>${html.slice(start, end)}</table>${html.slice(end)}`;
  }

  function toMarkdown(html) {
    // The content security policy ignores style attributes, so parse them as data.
    const plain = html
      .replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, "")
      .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/(\s)style(?=\s*=)/gi, "$1data-style"));
    return markdownOf(collect(new DOMParser().parseFromString(wrapLooseCells(plain), "text/html").body.childNodes, {}));
  }

  // Plain text

  const clean = (text) => narrow(text).trim();
  const isRow = (line) => /\S.*\t.*\S/.test(line);
  const cellsOf = (line) => line.split("\t").map(clean);

  /* Return plain text as Markdown that shows it literally, with a list item for each tab-separated table row. */
  function textToMarkdown(text) {
    // A line that ends with a figure is not joined to one that starts with a figure.
    const literal = (lines) => settle(guard(lines.map(clean).join("\n"))).replace(/(\d)\n(?=\d)/g, "$1\\\n");
    const blocks = [];
    let kind = "";
    for (const line of text.split(/\r\n?|[\n\v\f\u2028\u2029]/)) {
      const own = isRow(line) ? "row" : line.trim() ? "line" : "";
      if (own && own === kind) blocks.at(-1).push(line);
      else if (own) blocks.push([line]);
      kind = own;
    }
    return blocks.map((lines) => (isRow(lines[0]) ? lines.map((line) => `- ${settle(rowOf(cellsOf(line).map(guard)))}`).join("\n") : literal(lines))).join("\n\n");
  }

  /* Return pasted Markdown unchanged, except for tab-separated table rows. */
  function tableToMarkdown(text) {
    const lines = text.split(/\r\n?|\n/);
    if (!lines.some(isRow)) return text;
    return lines.map((line, index) => {
      const row = isRow(line);
      const isEdge = index > 0 && row !== isRow(lines[index - 1]) && line.trim() && lines[index - 1].trim();
      return (isEdge ? "\n" : "") + (row ? `- ${settle(rowOf(cellsOf(line).map(guard)))}` : line);
    }).join("\n");
  }

  /* Return text for a single-line field. */
  function toLine(text) {
    const lines = text.split(/[\r\n\v\f\u0085\u2028\u2029]+/).filter((line) => line.trim());
    return lines.length ? join(lines.map((line) => rowOf(cellsOf(line))), lines.some(isRow) ? "; " : undefined) : "";
  }

  return { toMarkdown, textToMarkdown, tableToMarkdown, toLine };
})();

document.addEventListener("paste", (event) => {
  const field = event.target.closest?.("#id_tldr, [data-line], input.vTextField");
  const text = event.clipboardData.getData("text/plain");
  if (!field || !text) return;
  event.preventDefault();
  document.execCommand("insertText", false, deskPasting.toLine(text));
});
