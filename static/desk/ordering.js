/* Order developments and citations by dragging their handle, or with Alt and the arrow keys. The order of a part is
   posted only if it was changed: the names of its rows, in `<part>-order`. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  said.setAttribute("role", "status");
  document.body.append(said);
  let dragged = null;
  let wasMoved = false;

  const sections = [...document.querySelectorAll(".desk-rows")].filter((section) => section.querySelector(".desk-edit, .desk-row-form, .desk-add"));
  const rowsOf = (section) => [...section.querySelectorAll(".desk-list > .desk-row")];

  function record(section) {
    const input = section.querySelector(`[name="${section.dataset.part}-order"]`);
    input.value = rowsOf(section).map((row) => row.dataset.row).join(",");
    django.jQuery(input).trigger("change");
  }

  function move(row, steps) {
    const section = row.closest(".desk-rows");
    const rows = rowsOf(section);
    const place = rows.indexOf(row) + steps;
    if (place < 0 || place >= rows.length) return;
    const focused = document.activeElement;
    rows[place][steps < 0 ? "before" : "after"](row);
    focused.focus();
    record(section);
    said.textContent = `Moved to ${place + 1} of ${rows.length}`;
  }

  function handleOf(row) {
    const handle = Object.assign(document.createElement("button"), { type: "button", className: "desk-handle", textContent: "⠿", title: "Drag, or Alt and the arrow keys" });
    handle.setAttribute("aria-label", "Move this row: arrow keys, or drag");
    return handle;
  }

  const addHandle = (row) => row.querySelector(":scope > .desk-handle") ?? row.prepend(handleOf(row));

  // On the document, because a row that is moved in the page loses the pointer capture.
  document.addEventListener("pointermove", (event) => {
    const over = dragged && document.elementFromPoint(event.clientX, event.clientY)?.closest(".desk-list > .desk-row");
    if (!over || over === dragged || over.parentNode !== dragged.parentNode) return;
    over[over.compareDocumentPosition(dragged) & Node.DOCUMENT_POSITION_FOLLOWING ? "before" : "after"](dragged);
    wasMoved = true;
  });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      if (!dragged) return;
      dragged.classList.remove("desk-dragged");
      if (wasMoved) record(dragged.closest(".desk-rows"));
      dragged = null;
    });
  }

  for (const section of sections) {
    rowsOf(section).forEach(addHandle);
    // Rows that are added, opened or closed.
    new MutationObserver(() => rowsOf(section).forEach(addHandle)).observe(section.querySelector(".desk-list"), { childList: true });
    section.addEventListener("keydown", (event) => {
      const isHandle = event.target.matches(".desk-handle");
      const steps = event.altKey !== isHandle && { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const row = steps && event.target.closest(".desk-list > .desk-row");
      if (!row) return;
      event.preventDefault();
      move(row, steps);
    });
    section.addEventListener("pointerdown", (event) => {
      const handle = event.target.closest(".desk-handle");
      if (!handle) return;
      event.preventDefault();
      handle.focus();
      dragged = handle.closest(".desk-row");
      wasMoved = false;
      dragged.classList.add("desk-dragged");
    });
  }
});
