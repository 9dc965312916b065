/* Order developments and citations by dragging their handle, or with Alt and the arrow keys. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  said.setAttribute("role", "status");
  document.body.append(said);
  let dragged = null;

  const groups = [...document.querySelectorAll(".inline-group")].filter((group) => group.querySelector('[name$="-position"]'));
  const rowsOf = (group) => [...group.querySelectorAll("tbody tr.form-row:not(.empty-form)")];

  function renumber(group) {
    rowsOf(group).forEach((row, index) => {
      const input = row.querySelector('[name$="-position"]');
      if (input && input.value !== String(index + 1)) input.value = index + 1;
    });
    django.jQuery(group.querySelector('[name$="-position"]')).trigger("change");
  }

  function move(row, steps) {
    const group = row.closest(".inline-group");
    const rows = rowsOf(group);
    const place = rows.indexOf(row) + steps;
    if (place < 0 || place >= rows.length) return;
    const focused = document.activeElement;
    rows[place][steps < 0 ? "before" : "after"](row);
    focused.focus();
    renumber(group);
    said.textContent = `Moved to ${place + 1} of ${rows.length}`;
  }

  function addHandle(row) {
    const cell = row.querySelector("td.original");
    if (!cell || cell.querySelector(".desk-handle")) return;
    const handle = Object.assign(document.createElement("button"), { type: "button", className: "desk-handle", textContent: "⠿", title: "Drag, or Alt and the arrow keys" });
    handle.setAttribute("aria-label", "Move this row: arrow keys, or drag");
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!steps || event.altKey) return;
      event.preventDefault();
      move(row, steps);
    });
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      dragged = row;
      row.classList.add("desk-dragged");
    });
    cell.prepend(handle);
  }

  // On the document, because a row that is moved in the page loses the pointer capture.
  document.addEventListener("pointermove", (event) => {
    const over = dragged && document.elementFromPoint(event.clientX, event.clientY)?.closest("tr.form-row:not(.empty-form)");
    if (!over || over === dragged || over.parentNode !== dragged.parentNode) return;
    over[over.compareDocumentPosition(dragged) & Node.DOCUMENT_POSITION_FOLLOWING ? "before" : "after"](dragged);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      if (!dragged) return;
      dragged.classList.remove("desk-dragged");
      renumber(dragged.closest(".inline-group"));
      dragged = null;
    });
  }

  for (const group of groups) {
    rowsOf(group).forEach(addHandle);
    group.addEventListener("keydown", (event) => {
      const steps = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const row = steps && event.target.closest("tr.form-row");
      if (!row) return;
      event.preventDefault();
      move(row, steps);
    });
  }
  document.addEventListener("formset:added", (event) => event.target.querySelector('[name$="-position"]') && addHandle(event.target));

  // The choices of a citation's development are read from the rows when the list is opened.
  document.addEventListener("focusin", (event) => {
    const select = event.target.closest?.("select[data-developments]");
    if (!select) return;
    const there = new Set([...select.options].map((option) => option.value));
    for (const id of document.querySelectorAll('#developments-group [name$="-id"]')) {
      const text = id.closest("tr")?.querySelector('[name$="-text"]')?.value;
      if (id.value && text && !there.has(id.value)) select.add(new Option(text, id.value));
    }
  });
});
