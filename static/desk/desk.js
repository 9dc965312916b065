/* On every page of the desk: the direction and size of text fields, labels for the admin's search fields, menus that
   close, and updates of the panel when its form changes. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // Each text has the direction of its first letter; the style sheet does the same for each paragraph of a body.
  function setDirection(part) {
    for (const field of part.querySelectorAll(":is(input[type=text], input[type=search], textarea):not([dir])")) field.dir = "auto";
  }

  setDirection(document);
  document.addEventListener("formset:added", (event) => setDirection(event.target));

  // Text areas grow with their text, also where the browser lacks “field-sizing”.
  if (!CSS.supports("field-sizing", "content")) {
    const grow = (area) => {
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
    };
    document.querySelectorAll(".form-row textarea").forEach(grow);
    document.addEventListener("input", ({ target }) => target.matches?.(".form-row textarea") && grow(target));
  }

  // An empty form begins with its first field, or its first error. Runs after the admin's own script, which would focus the first button.
  if (document.getElementById("django-admin-form-add-constants")?.dataset.modelName) {
    addEventListener("load", () => {
      const fields = document.querySelectorAll("#content-main form :is(input:not([type=hidden], [type=submit]), select, textarea)");
      const shown = [...fields].filter((field) => field.checkVisibility());
      (shown.find((field) => field.getAttribute("aria-invalid") === "true") ?? shown[0])?.focus();
    });
  }

  // Menus close on Escape, and when something else gets the focus or a click.
  const menus = ".desk-user[open], .desk-more[open]";
  function closeMenus(event) {
    for (const menu of document.querySelectorAll(menus)) if (!menu.contains(event.target)) menu.open = false;
  }
  document.addEventListener("click", closeMenus);
  document.addEventListener("focusin", closeMenus);
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.(menus);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

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

  // jQuery runs this after it has created the fields.
  $(() => {
    nameSearchFields();
    $(document).on("change", "select", () => setTimeout(nameSearchFields));
  });
  document.addEventListener("formset:added", () => setTimeout(nameSearchFields));

  // The admin's widgets trigger jQuery events only.
  if (!document.querySelector(".desk-panel[hx-post]")) return;
  const changed = () => htmx.trigger(".desk-panel", "desk:changed");
  $("#content-main form").on("change", changed);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, changed);
});

// After a logout, the response is the login page, not the part that was asked for.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse, xhr } = event.detail;
  if (xhr.status >= 400 || (serverResponse ?? "").includes(`id="${target.id}"`)) return;
  event.detail.shouldSwap = false;
  if (target.id !== "teamwork" || target.querySelector("[role=alert]")) return;
  const notice = document.createElement("p");
  notice.className = "errornote";
  notice.setAttribute("role", "alert");
  notice.textContent = "You are logged out, and nothing was sent. Log in from another tab, then press the button again.";
  target.prepend(notice);
});
