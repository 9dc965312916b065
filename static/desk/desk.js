/* Tells the panel beside a form that something in the form has changed. The admin's own widgets speak through jQuery. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const changed = () => htmx.trigger(".desk-panel", "desk:changed");
  django.jQuery("#content-main form").on("change", changed);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, changed);
});
