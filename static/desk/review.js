/* Single keys for the review queue, for users who switch them on: they would surprise users of speech input. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const NAME = "desk:review-keys";
  const choice = document.getElementById("review-keys");
  choice.closest("label").hidden = false;
  choice.checked = localStorage.getItem(NAME) === "on";
  choice.addEventListener("change", () => localStorage.setItem(NAME, choice.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select");
    if (!choice.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const basis = document.querySelectorAll("[name=basis]")[Number(key) - 1];
    const pressed = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const focused = document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`);
    if (basis) basis.click();
    else if (pressed) pressed.click();
    else if (focused) focused.focus();
    else return;
    event.preventDefault();
  });
});
