/* Optional help for reading: a notice of new dispatches, keyboard shortcuts, going back to the same place, copying.
   No page depends on it. */
"use strict";

const LOOK_EVERY = 30_000;
const KEYS = [
  ["j", "Next dispatch"],
  ["k", "Previous dispatch"],
  ["o", "Open it"],
  ["/", "Search"],
  ["?", "These keys"],
];

document.addEventListener("DOMContentLoaded", () => {
  lookForNews();
  listenToKeys();
  keepPlace();
  resetForms();
  offerCopying();
});

/* The notice of new dispatches: polled while the page is visible, announced when it changes. */
function lookForNews() {
  async function look() {
    const place = document.querySelector(".look");
    if (!place || document.visibilityState !== "visible") return;
    let line;
    try {
      const response = await fetch(place.dataset.look, { cache: "no-cache", headers: { "HX-Request": "true" } });
      if (!response.ok) return;
      line = await response.text();
    } catch {
      return;
    }
    if (line === place.dataset.line || (!line && !place.hasChildNodes())) return;
    place.dataset.line = line;
    place.innerHTML = line;
    if (window.htmx) window.htmx.process(place);
    else for (const link of place.querySelectorAll("[hx-get]")) link.removeAttribute("hx-get");
  }
  if (!document.querySelector(".look")) return;
  setInterval(look, LOOK_EVERY);
  document.addEventListener("visibilitychange", look);

  // Not from the browser's cache, which may be older than the notice.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(".look-line:not([hx-get])");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await fetch(link.href, { cache: "reload" }).catch(() => {});
    if (link.pathname === location.pathname) location.reload();
    else location.assign(link.href);
  });

  // Scroll to the start of the new list, and move the focus there.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "listing") return;
    const listing = document.getElementById("listing");
    listing.scrollIntoView();
    listing.querySelector(".card-headline a")?.focus({ preventScroll: true });
  });
}

/* Keys for one hand. They can be turned off (WCAG 2.1.4), and are never taken from a field or from the browser. */
function listenToKeys() {
  const areOff = () => localStorage.getItem("keys") === "off";
  const headlines = () => [...document.querySelectorAll(".card-headline a, .front-latest h3 a")];

  function step(by) {
    const all = headlines();
    if (!all.length) return false;
    let from = all.indexOf(document.activeElement);
    if (from < 0) from = all.findIndex((each) => each.getBoundingClientRect().top > 0) - (by > 0 ? 1 : 0);
    const next = all[Math.min(Math.max(from + by, 0), all.length - 1)];
    next.focus({ preventScroll: true });
    next.closest("article, li").scrollIntoView({ block: "nearest" });
    return true;
  }

  function open() {
    const chosen = headlines().find((each) => each === document.activeElement);
    chosen?.click();
    return Boolean(chosen);
  }

  function search() {
    const field = document.querySelector("[type=search]");
    field?.focus();
    field?.select();
    return Boolean(field);
  }

  const does = { j: () => step(1), k: () => step(-1), o: open, "/": search, "?": () => showKeys(areOff) };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (areOff() && event.key !== "?") return;
    if (does[event.key]?.()) event.preventDefault();
  });
}

function showKeys(areOff) {
  const sheet = document.createElement("dialog");
  sheet.className = "keys";
  sheet.setAttribute("aria-labelledby", "keys");
  const heading = Object.assign(document.createElement("h2"), { id: "keys", textContent: "Keys" });
  const list = document.createElement("dl");
  for (const [key, words] of KEYS) {
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    list.append(term, Object.assign(document.createElement("dd"), { textContent: words }));
  }
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !areOff() });
  box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  label.append(box, " Use these keys on this device");
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  close.addEventListener("click", () => sheet.remove());
  sheet.addEventListener("close", () => sheet.remove());
  sheet.append(heading, list, label, close);
  document.body.append(sheet);
  sheet.showModal();
  close.focus();
  return true;
}

/* Going back restores the place, even if older dispatches had been loaded or new ones have arrived: the card that was at
   the top of the window is scrolled there again. */
function keepPlace() {
  const listing = document.querySelector(".listing");
  if (!listing) return;
  const cards = () => [...document.querySelectorAll(".listing .card")];

  addEventListener("pagehide", () => {
    const first = cards().find((each) => each.getBoundingClientRect().bottom > 0);
    if (!first || scrollY === 0) return;
    const place = { card: first.id, top: first.getBoundingClientRect().top };
    history.replaceState({ ...history.state, place }, "");
  });

  const place = history.state?.place;
  const [visit] = performance.getEntriesByType("navigation");
  if (!place || !["back_forward", "reload"].includes(visit?.type)) return;
  history.scrollRestoration = "manual";
  const stop = new AbortController();
  const again = () => {
    const card = document.getElementById(place.card);
    const older = document.querySelector(".older [hx-get]");
    if (!card && older) return older.click();
    stop.abort();
    if (card) scrollBy({ top: card.getBoundingClientRect().top - place.top, behavior: "instant" });
    history.scrollRestoration = "auto";
  };
  document.addEventListener("htmx:afterSettle", again, { signal: stop.signal });
  // Loading older dispatches needs htmx.
  if (document.getElementById(place.card)) again();
  else addEventListener("load", again, { once: true });
}

/* The browser's back/forward cache keeps what was chosen in a form, but the list beside it is that of its address. */
function resetForms() {
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("form.filter, form.search-page")) form.reset();
  });
}

/* Buttons that copy text from the page. */
function offerCopying() {
  if (!navigator.clipboard) return;
  async function copy(button, text) {
    const words = button.textContent;
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = words), 2_000);
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => copy(button, document.getElementById(button.dataset.copy).textContent));
  }
  for (const link of document.querySelectorAll("[data-copy-link]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${link.textContent}`);
    button.addEventListener("click", () => copy(button, link.href));
    link.after(" ", button);
  }
}
