/* Help for writing a dispatch: counters, a preview beside the body, [[references]], clean paste, Markdown shortcuts. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const body = document.getElementById("id_body");
  if (!body) return;
  const { prose, references } = document.getElementById("desk-draft").dataset;
  const make = (tag, fields) => Object.assign(document.createElement(tag), fields);

  function insert(field, text) {
    field.focus();
    // The browser's editing command, so that Ctrl+Z undoes it.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  }

  // Length counters

  for (const [id, limit] of [["id_headline", 140], ["id_tldr", 400]]) {
    const field = document.getElementById(id);
    if (!field) continue;
    const counter = make("span", { id: `${id}_count`, className: "desk-length" });
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

  // Fields of one line: Enter leads to the next field.

  for (const field of document.querySelectorAll("textarea[data-line]")) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
      event.preventDefault();
      document.getElementById("id_tldr")?.focus();
    });
  }

  // The preview beside the body

  const pane = make("section", { className: "desk-pane", hidden: true });
  pane.setAttribute("aria-label", "The body as readers will see it");
  const toggle = make("button", { type: "button", className: "button desk-preview-toggle", textContent: "Preview the body" });
  toggle.setAttribute("aria-expanded", "false");
  const beside = make("div", { className: "desk-writing" });
  const columns = make("div", { className: "desk-columns" });
  body.before(beside);
  columns.append(body, pane);
  beside.append(toggle, columns);
  let asked = null;
  let timer = 0;

  async function show() {
    asked?.abort();
    asked = new AbortController();
    const token = body.form.elements.csrfmiddlewaretoken.value;
    try {
      const response = await fetch(prose, { method: "POST", body: new URLSearchParams({ body: body.value }), headers: { "X-CSRFToken": token }, signal: asked.signal });
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      // Only HTML that the server has sanitized.
      pane.innerHTML = await response.text();
    } catch (error) {
      if (error.name === "AbortError") return;
      pane.querySelector(".errornote")?.remove();
      pane.prepend(make("p", { className: "errornote", textContent: "The preview can't be loaded now. What you type is kept." }));
    }
  }

  function togglePane() {
    const wasIn = document.activeElement === body;
    pane.hidden = !pane.hidden;
    toggle.setAttribute("aria-expanded", String(!pane.hidden));
    toggle.textContent = pane.hidden ? "Preview the body" : "Close the preview";
    if (!pane.hidden) show();
    // Where there is room for one of them only, the preview takes the place of the text.
    if (wasIn && !body.checkVisibility()) toggle.focus();
    else if (pane.hidden && document.activeElement === toggle) body.focus();
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
    else if (withCtrl && !event.shiftKey && event.key.toLowerCase() === "k" && chosen()) insert(body, `[${chosen()}](https://)`);
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

  // Pasting: see pasting.js. Anything but inline text goes into its own blocks. What is copied here is Markdown already.

  const MARKDOWN = "text/markdown";
  for (const name of ["copy", "cut"]) {
    body.addEventListener(name, (event) => {
      if (!chosen()) return;
      event.preventDefault();
      for (const type of ["text/plain", MARKDOWN]) event.clipboardData.setData(type, chosen());
      if (name === "cut") document.execCommand("delete");
    });
  }

  let isPlain = false;
  body.addEventListener("keydown", (event) => { isPlain = event.shiftKey && (event.ctrlKey || event.metaKey); });
  body.addEventListener("paste", (event) => {
    const [html, text, own] = ["text/html", "text/plain", MARKDOWN].map((type) => event.clipboardData.getData(type));
    if (own) return;
    const literal = () => (html ? deskPasting.toMarkdown(html) : deskPasting.textToMarkdown(text));
    const markdown = isPlain ? deskPasting.tableToMarkdown(text) : literal();
    if (!markdown || markdown === text) return;
    event.preventDefault();
    const isOfBlocks = /\n|^(#{1,6} |>|[-+] |\d+[.)] |```)/.test(markdown);
    const [before, after] = [body.value.slice(0, body.selectionStart), body.value.slice(body.selectionEnd)];
    const lead = isOfBlocks && before && "\n".repeat(2 - Math.min(2, /\n*$/.exec(before)[0].length));
    const end = isOfBlocks && after && "\n".repeat(2 - Math.min(2, /^\n*/.exec(after)[0].length));
    insert(body, `${lead || ""}${markdown}${end || ""}`);
  });
});
