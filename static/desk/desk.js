/* On every page of the desk: labels for the admin's search fields, and updates of the panel when its form changes. */
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
  notice.textContent = "You are logged out, and nothing was sent. Log in in another tab, then press again.";
  target.prepend(notice);
});
