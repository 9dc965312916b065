/* The command palette (Ctrl or ⌘ and K): this page's commands, its fields and parts, and the desk's pages. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const palette = document.getElementById("desk-palette");
  if (!palette) return;
  const input = palette.querySelector("input");
  const list = palette.querySelector("ul");
  const status = palette.querySelector("p");
  let commands = [];
  let active = 0;
  let before = null;

  const wordsOf = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function goTo(field) {
    field.closest("details:not([open])")?.setAttribute("open", "");
    field.scrollIntoView({ block: "center" });
    if (!field.matches("a, button, input, select, textarea, [tabindex]")) field.tabIndex = -1;
    field.focus();
  }

  function press(element) {
    element.closest("details:not([open])")?.setAttribute("open", "");
    element.click();
  }

  /* Collect what the page has now: rows and messages come and go. */
  function collect() {
    const found = [];
    const add = (name, kind, act) => name && !found.some((other) => other.name === name && other.kind === kind) && found.push({ name, kind, act });
    const buttons = ".submit-row :is(button, input[type=submit], a), .desk-verbs :is(button, a), .object-tools a, .newsroom-begin a, .desk-issued a.button, .desk-preview-toggle, #user-tools :is(a, button), [data-command]";
    for (const each of document.querySelectorAll(buttons)) {
      if (!each.disabled && !each.closest("[hidden]")) add(each.dataset.command || wordsOf(each) || each.value, each.matches("#user-tools *") ? "You" : "Do", () => press(each));
    }
    for (const select of document.querySelectorAll("#changelist .actions select[name=action]")) {
      for (const option of select.options) if (option.value) add(option.text, "Selected rows", () => { select.value = option.value; goTo(select); });
    }
    for (const label of document.querySelectorAll("#content-main label[for]")) {
      const field = document.getElementById(label.htmlFor);
      if (field && !field.closest(".inline-group") && label.checkVisibility()) add(wordsOf(label).replace(/:$/, ""), "Field", () => goTo(field.matches(".select2-hidden-accessible") ? field.parentElement.querySelector(".select2-selection") : field));
    }
    for (const part of document.querySelectorAll("#content-main :is(h2, .desk-panel h2)")) {
      if (part.checkVisibility()) add(wordsOf(part), "Part", () => goTo(part));
    }
    for (const link of document.querySelectorAll(".desk-nav a, a.desk-bell")) add(wordsOf(link), "Go to", () => link.click());
    return found;
  }

  function show() {
    const sought = fold(input.value).split(/\s+/).filter(Boolean);
    const shown = commands.filter(({ name, kind }) => sought.every((word) => fold(`${name} ${kind}`).includes(word)));
    // Names that start with what was typed come first.
    const rank = ({ name }) => (sought.length && fold(name).startsWith(sought[0]) ? 0 : 1);
    shown.sort((one, other) => rank(one) - rank(other));
    list.replaceChildren(...shown.map((command, index) => {
      const option = document.createElement("li");
      option.id = `desk-command-${index}`;
      option.setAttribute("role", "option");
      const [name, kind] = ["bdi", "span"].map((tag) => document.createElement(tag));
      name.textContent = command.name;
      kind.textContent = command.kind;
      option.append(name, kind);
      option.addEventListener("click", () => run(command));
      return option;
    }));
    list.commands = shown;
    status.textContent = shown.length ? "" : "Nothing on this page has that name.";
    activate(0);
  }

  function activate(index) {
    const options = [...list.children];
    input.toggleAttribute("aria-activedescendant", false);
    if (!options.length) return;
    active = (index + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === active)));
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }

  function run(command) {
    // Focus must not return to where it was: the command decides.
    before = null;
    palette.close();
    command.act();
  }

  function open() {
    if (palette.open || document.querySelector("dialog[open]")) return;
    before = document.activeElement;
    commands = collect();
    input.value = "";
    show();
    palette.showModal();
    input.focus();
  }

  palette.addEventListener("close", () => before?.focus());
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) activate(active + step);
    else if (event.key === "Enter" && list.commands.length) run(list.commands[active]);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });

  const opener = Object.assign(document.createElement("button"), { type: "button", className: "desk-palette-open", textContent: "Commands" });
  opener.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
  opener.title = "Ctrl or ⌘ and K";
  opener.addEventListener("click", open);
  document.querySelector(".desk-find")?.append(opener);
});
