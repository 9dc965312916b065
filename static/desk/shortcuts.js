/* The desk's keyboard shortcuts, the dialog that lists them, and the initial focus. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const sheet = document.getElementById("desk-shortcuts");
  // Returns whether there was a button to press.
  function press(selector) {
    const found = document.querySelector(selector);
    found?.click();
    return Boolean(found);
  }

  document.getElementById("desk-shortcuts-open")?.addEventListener("click", () => sheet.showModal());

  document.addEventListener("keydown", (event) => {
    const withCtrl = event.ctrlKey || event.metaKey;
    if (withCtrl && event.key.toLowerCase() === "s") press("[name=_continue]") || press("[name=_save]");
    else if (withCtrl && event.key === "Enter") press(".desk-main") || press("[name=_save]") || press(".submit-row .default:not(.desk-grave)");
    else if (sheet && event.key === "?" && !withCtrl && !event.target.closest("input, textarea, select, [contenteditable]")) sheet.showModal();
    else return;
    event.preventDefault();
  });

  // Focus the first error, or the first field of a confirmation page. Runs after the admin's own script.
  addEventListener("load", () => {
    const isVisible = (field) => field.checkVisibility();
    const find = (fields) => [...document.querySelectorAll(`#content-main form :is(${fields})`)].find(isVisible);
    const first = find("[aria-invalid=true]") ?? (sheet ? null : find("input:not([type=hidden], [type=submit]), select, textarea"));
    if (!document.querySelector(".desk-unsaved")) first?.focus();
  });
});
