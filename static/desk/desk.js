/* On every page of the desk: names for the admin's search fields, and word to the panel that its form has changed. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const $ = globalThis.django?.jQuery;
  if (!$) return;

  function nameSearchFields() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.getAttribute("aria-label") ?? document.querySelector(`label[for="${select.id}"]`)?.textContent.replace(/:\s*$/, "") ?? "";
      const box = select.parentElement.querySelector(".select2-selection");
      const chosen = box?.querySelector(".select2-selection__rendered");
      if (!chosen) continue;
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", `${label}: ${chosen.textContent.replace(/^×/, "").trim() || "none"}`);
      chosen.setAttribute("aria-label", label);
    }
  }

  // jQuery has made the fields when it runs this.
  $(() => {
    nameSearchFields();
    $(document).on("change", "select", () => setTimeout(nameSearchFields));
  });
  document.addEventListener("formset:added", () => setTimeout(nameSearchFields));

  // The admin's own widgets speak through jQuery.
  if (!document.querySelector(".desk-panel[hx-post]")) return;
  const changed = () => htmx.trigger(".desk-panel", "desk:changed");
  $("#content-main form").on("change", changed);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, changed);
  // Whoever is logged out gets the login for an answer, which is no panel.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.serverResponse?.includes('id="desk-panel"')) event.detail.shouldSwap = false;
  });
});
