/* In a form that was not saved, "Use this" puts one of the two versions into the field. */
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-input]");
  if (!button) return;
  const field = document.getElementsByName(button.dataset.input)[0];
  if (!field) return;
  const { value, label } = button.dataset;
  if (field.type === "checkbox") field.checked = value === "on";
  else {
    if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) field.add(new Option(label, value));
    field.value = value;
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  django.jQuery(field).trigger("change");
  for (const other of document.querySelectorAll(`button[data-input="${CSS.escape(button.dataset.input)}"]`)) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});
