/* The desk's keyboard shortcuts, and the sheet that lists them. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const sheet = document.getElementById("desk-shortcuts");
  // Says whether there was something to press.
  function press(selector) {
    const found = document.querySelector(selector);
    found?.click();
    return Boolean(found);
  }

  document.getElementById("desk-shortcuts-open")?.addEventListener("click", () => sheet.showModal());

  document.addEventListener("keydown", (event) => {
    const withCtrl = event.ctrlKey || event.metaKey;
    if (withCtrl && event.key.toLowerCase() === "s") press("[name=_continue]") || press("[name=_save]");
    else if (withCtrl && event.key === "Enter") press(".desk-main") || press("[name=_save]");
    else if (event.key === "?" && !withCtrl && !event.target.closest("input, textarea, select, [contenteditable]")) sheet.showModal();
    else return;
    event.preventDefault();
  });
});
