/* Helps to write a dispatch: counters, a preview beside the body, [[references]], clean paste, Markdown by keys. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const body = document.getElementById("id_body");
  for (const field of document.querySelectorAll("#content-main form :is(input[type=text], textarea)")) field.dir = "auto";
  if (!body) return;
  const { prose, references } = document.getElementById("desk-draft").dataset;
  const make = (tag, fields) => Object.assign(document.createElement(tag), fields);

  function insert(field, text) {
    field.focus();
    // The browser's own way, so that Ctrl+Z takes it back.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  }

  // How long it is

  for (const [id, limit] of [["id_headline", 140], ["id_tldr", 400]]) {
    const field = document.getElementById(id);
    if (!field) continue;
    const counter = make("span", { id: `${id}_count`, className: "desk-count" });
    (document.getElementById(`${id}_helptext`) ?? field.parentElement).append(counter);
    const count = () => {
      const length = [...field.value].length;
      counter.textContent = `${length} of ${limit}`;
      counter.classList.toggle("desk-over", length > limit);
      counter.setAttribute("role", length > limit - 10 ? "status" : "none");
    };
    field.removeAttribute("maxlength");
    field.addEventListener("input", count);
    count();
  }

  // The preview beside the body

  const pane = make("section", { className: "desk-pane", hidden: true });
  pane.setAttribute("aria-label", "The body as readers will see it");
  const toggle = make("button", { type: "button", className: "button desk-preview-toggle", textContent: "Preview the body" });
  toggle.setAttribute("aria-expanded", "false");
  const beside = make("div", { className: "desk-writing" });
  body.before(beside);
  beside.append(toggle, body, pane);
  let asked = null;
  let timer = 0;

  async function show() {
    asked?.abort();
    asked = new AbortController();
    const token = body.form.elements.csrfmiddlewaretoken.value;
    try {
      const response = await fetch(prose, { method: "POST", body: new URLSearchParams({ body: body.value }), headers: { "X-CSRFToken": token }, signal: asked.signal });
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      // Only what the server has made safe.
      pane.innerHTML = await response.text();
    } catch (error) {
      if (error.name === "AbortError") return;
      pane.querySelector(".errornote")?.remove();
      pane.prepend(make("p", { className: "errornote", textContent: "The preview can't be loaded now. What you type is kept." }));
    }
  }

  function togglePane() {
    pane.hidden = !pane.hidden;
    beside.classList.toggle("desk-split", !pane.hidden);
    toggle.setAttribute("aria-expanded", String(!pane.hidden));
    if (!pane.hidden) show();
  }

  toggle.addEventListener("click", togglePane);
  body.addEventListener("input", () => {
    clearTimeout(timer);
    if (!pane.hidden) timer = setTimeout(show, 300);
  });

  // [[references]]

  const list = make("ul", { id: "desk-references", className: "desk-references", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Dispatches to refer to");
  const heard = make("p", { className: "visually-hidden" });
  heard.setAttribute("role", "status");
  beside.after(list, heard);
  let active = -1;
  let sought = "";

  const opened = () => /\[\[([^\]\n]*)$/.exec(body.value.slice(0, body.selectionStart))?.[1];

  function close() {
    list.hidden = true;
    body.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function choose(option) {
    const typed = opened() ?? "";
    body.setSelectionRange(body.selectionStart - typed.length, body.selectionStart);
    insert(body, `${option.dataset.name}]]`);
    close();
  }

  function activate(index) {
    const options = [...list.children];
    active = (index + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === active)));
    body.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
    heard.textContent = options[active].textContent;
  }

  async function seek() {
    const typed = opened();
    if (typed === undefined) return close();
    sought = typed;
    const response = await fetch(`${references}?${new URLSearchParams({ q: typed })}`).catch(() => null);
    if (!response?.ok || response.redirected || sought !== typed || opened() === undefined) return;
    const { found } = await response.json();
    list.replaceChildren(...found.map(({ name, headline, day }, index) => {
      const option = make("li", { id: `desk-reference-${index}` });
      option.setAttribute("role", "option");
      option.dataset.name = name;
      option.append(make("bdi", { textContent: headline }), ` · ${day}`);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(option);
      });
      return option;
    }));
    list.hidden = found.length === 0;
    if (found.length) activate(0);
    else heard.textContent = "No dispatch found";
  }

  body.addEventListener("input", seek);
  body.addEventListener("blur", close);

  body.addEventListener("keydown", (event) => {
    const withCtrl = event.ctrlKey || event.metaKey;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const marks = { b: "**", i: "*" }[event.key.toLowerCase()];
    if (!list.hidden && step) activate(active + step);
    else if (!list.hidden && ["Enter", "Tab"].includes(event.key) && !withCtrl) choose(list.children[active]);
    else if (!list.hidden && event.key === "Escape") close();
    else if (withCtrl && !event.shiftKey && marks) insert(body, marks + chosen() + marks);
    else if (withCtrl && event.key.toLowerCase() === "k") insert(body, `[${chosen()}](https://)`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const chosen = () => body.value.slice(body.selectionStart, body.selectionEnd);
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.code !== "KeyP") return;
    event.preventDefault();
    togglePane();
  });

  // What is pasted from a word processor or a page becomes Markdown.

  const clean = (text) => text.replace(/\u00a0/g, " ").replace(/[ \t\n\r]+/g, " ");
  const inline = (node) => [...node.childNodes].map(markdownOf).join("");
  const wrap = (mark, text) => (text.trim() ? text.replace(/^(\s*)(.*?)(\s*)$/s, `$1${mark}$2${mark}$3`) : text);
  const block = (text) => (text.trim() ? `\n\n${text.trim()}\n\n` : "");

  function isHidden(node) {
    return /^(style|script|meta|link|title|xml|img|o:p)$/i.test(node.tagName) || /mso-list:\s*ignore|display:\s*none/i.test(node.dataset.style ?? "");
  }

  function styled(node, text) {
    const style = node.dataset.style ?? "";
    let result = text;
    if (/font-style:\s*italic/i.test(style)) result = wrap("*", result);
    if (/font-weight:\s*(bold|[6-9]00)/i.test(style)) result = wrap("**", result);
    return result;
  }

  function itemsOf(node, depth) {
    let number = 1;
    const lines = [];
    for (const item of node.children) {
      if (/^[uo]l$/i.test(item.tagName)) lines.push(itemsOf(item, depth + 1));
      if (!/^li$/i.test(item.tagName)) continue;
      const nested = [...item.children].filter((child) => /^[uo]l$/i.test(child.tagName));
      const own = [...item.childNodes].filter((child) => !nested.includes(child)).map(markdownOf).join("");
      const mark = /^ol$/i.test(node.tagName) ? `${number}.` : "-";
      lines.push(`${"   ".repeat(depth)}${mark} ${own.replace(/\s+/g, " ").trim()}`, ...nested.map((child) => itemsOf(child, depth + 1)));
      number += 1;
    }
    return lines.join("\n");
  }

  function markdownOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return clean(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || isHidden(node)) return "";
    const text = () => inline(node);
    switch (node.tagName.toLowerCase()) {
      case "br": return "\n";
      case "b": case "strong": return /font-weight:\s*(normal|400)/i.test(node.dataset.style ?? "") ? text() : wrap("**", text());
      case "i": case "em": return wrap("*", text());
      case "a": return /^https?:/i.test(node.getAttribute("href") ?? "") && text().trim() ? `[${text().trim()}](${node.href})` : text();
      case "h1": case "h2": case "h3": return block(`### ${text().trim()}`);
      case "h4": case "h5": case "h6": return block(`#### ${text().trim()}`);
      case "ul": case "ol": return `\n\n${itemsOf(node, 0)}\n\n`;
      case "blockquote": return block(text().trim().replace(/^/gm, "> "));
      case "p": case "div": case "tr":
        if (/MsoListParagraph/.test(node.className)) return `\n- ${text().trim()}\n`;
        return block(styled(node, text()));
      default: return styled(node, text());
    }
  }

  function toMarkdown(html) {
    // A strict policy lets no style attribute be read as a style: they are read as data.
    const plain = html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, "").replace(/(\s)style=/gi, "$1data-style=");
    const parsed = new DOMParser().parseFromString(plain, "text/html");
    return inline(parsed.body).replace(/[ \t]+\n/g, "\n").replace(/\n(- .*)\n+(?=- )/g, "\n$1\n").replace(/\n{3,}/g, "\n\n").trim();
  }

  let isPlain = false;
  body.addEventListener("keydown", (event) => { isPlain = event.shiftKey && (event.ctrlKey || event.metaKey); });
  body.addEventListener("paste", (event) => {
    const html = event.clipboardData.getData("text/html");
    if (!html || isPlain) return;
    event.preventDefault();
    insert(body, toMarkdown(html));
  });
  for (const id of ["id_headline", "id_tldr"]) {
    document.getElementById(id)?.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text/plain");
      if (!text) return;
      event.preventDefault();
      insert(event.target, clean(text).trim());
    });
  }
});
