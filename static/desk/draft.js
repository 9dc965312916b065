/* Keep what is typed in this browser until it is saved, recover it, and show who else has the form open.

   A draft belongs to one user and one form address. It is deleted when the desk confirms the save. A draft that was
   sent but not saved is restored automatically; any other is offered. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const here = document.getElementById("desk-draft");
  if (!here) return;
  const form = here.closest("form");
  const [versionInput, idInput] = ["_version", "_local_draft"].map((name) => form.elements[name]);
  const prefix = `desk-draft:${here.dataset.user}:`;
  const notices = here.querySelector(".desk-notices");
  const presence = here.querySelector(".desk-presence");
  let typedAt = 0;
  let timer = 0;
  let isSent = false;
  let isLeaving = false;
  const isUnsaved = Boolean(idInput.value);

  // Storage

  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => ({ key, ...JSON.parse(localStorage[key]) }));
  const own = () => idInput.value;
  function entries() {
    // A row that is open and unchanged is no edit; see rows.js.
    const untouched = [...form.querySelectorAll("[data-untouched]")].map((row) => row.dataset.untouched);
    return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !/^(_|csrf)/.test(name) && !untouched.some((prefix) => name.startsWith(prefix)));
  }
  const counts = /^editions-|-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/;
  const squeeze = (fields) => JSON.stringify(fields.filter(([name]) => !counts.test(name)).map(([name, value]) => [name, value.replace(/\r\n/g, "\n").trim()]));

  const now = squeeze(entries());

  function keep(isSubmitted = false) {
    clearTimeout(timer);
    timer = 0;
    if (isLeaving) return;
    // Ignore changes that were reverted, or made by scripts while the page was loading.
    if (!isSubmitted && !isUnsaved && squeeze(entries()) === now) {
      localStorage.removeItem(prefix + own());
      return;
    }
    if (!own()) idInput.value = crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40);
    const draft = { id: own(), path: location.pathname, at: Date.now(), isSubmitted, version: versionInput.value, fields: entries() };
    try {
      localStorage.setItem(prefix + draft.id, JSON.stringify(draft));
    } catch {
      say("no-room", "This browser has no room to keep a draft. Save often.");
    }
  }

  function typed() {
    typedAt = Date.now();
    timer ||= setTimeout(keep, 250);
  }

  // Messages above the form

  function say(name, text, ...actions) {
    let notice = notices.querySelector(`[data-name="${name}"]`);
    if (!notice) {
      notice = document.createElement("div");
      notice.className = "desk-notice";
      notice.dataset.name = name;
      notice.setAttribute("role", "status");
      notices.append(notice);
    }
    if (notice.dataset.text === text) return;
    notice.dataset.text = text;
    const words = document.createElement("p");
    words.textContent = text;
    notice.replaceChildren(words, ...actions);
  }

  const unsay = (name) => notices.querySelector(`[data-name="${name}"]`)?.remove();

  function button(label, act) {
    const element = document.createElement("button");
    Object.assign(element, { type: "button", className: "button", textContent: label });
    element.addEventListener("click", act);
    return element;
  }

  function link(label, address, target = "") {
    return Object.assign(document.createElement("a"), { textContent: label, href: address, target });
  }

  const clock = (time) => new Date(time).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  const token = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]*)/)?.[1] ?? form.elements.csrfmiddlewaretoken.value;
  // After a login in another window, the token is different.
  const renewToken = () => (form.elements.csrfmiddlewaretoken.value = token());
  addEventListener("focus", renewToken);
  document.addEventListener("htmx:configRequest", (event) => (event.detail.parameters.csrfmiddlewaretoken = renewToken()));

  // Recovery

  function recover(draft) {
    const sender = document.createElement("form");
    sender.method = "post";
    sender.action = location.href;
    const more = [["_recover", "1"], ["_version", draft.version], ["_local_draft", draft.id], ["csrfmiddlewaretoken", token()]];
    for (const [name, value] of [...draft.fields, ...more]) {
      const input = Object.assign(document.createElement("textarea"), { name, value });
      sender.append(input);
    }
    sender.hidden = true;
    document.body.append(sender);
    sender.submit();
  }

  function offer(draft) {
    const savedAt = Date.parse(here.dataset.savedAt);
    let compared = "";
    if (savedAt) compared = draft.at > savedAt ? " It is newer than what is saved" : " What is saved is newer";
    if (savedAt) compared += ` (${clock(savedAt)}, by ${here.dataset.savedBy}).`;
    const drop = button("Discard the draft", () => {
      localStorage.removeItem(draft.key);
      unsay(draft.id);
    });
    say(draft.id, `This browser kept a draft of ${clock(draft.at)}.${compared}`, button("Show the draft and the differences", () => recover(draft)), drop);
  }

  // Nothing of an expunged text is kept here either.
  if ("discards" in here.dataset) {
    for (const draft of drafts()) if (draft.path === location.pathname) localStorage.removeItem(draft.key);
    sessionStorage.removeItem(`desk-line:${here.dataset.user}:${location.pathname}`);
  }

  const saved = new Map([...here.querySelectorAll("[data-draft]")].map((each) => [each.dataset.draft, each.href]));
  for (const draft of drafts()) {
    if (saved.has(draft.id)) {
      localStorage.removeItem(draft.key);
      const isNews = draft.isSubmitted && draft.path === location.pathname && !here.dataset.presence;
      if (isNews && Date.now() - draft.at < 600_000) say(draft.id, "What you sent from here last is saved.", link("Open it", saved.get(draft.id)));
    } else if (draft.path === location.pathname && draft.id !== own()) {
      if (squeeze(draft.fields) === now) localStorage.removeItem(draft.key);
      else if (draft.isSubmitted && !sessionStorage.getItem(draft.key)) {
        sessionStorage.setItem(draft.key, "shown");
        recover(draft);
      } else offer(draft);
    }
  }

  form.addEventListener("input", typed);
  django.jQuery(form).on("change", typed);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, typed);
  const keepNow = () => timer && keep();
  addEventListener("pagehide", keepNow);
  document.addEventListener("visibilitychange", keepNow);
  // Around a logout (logout.js).
  document.addEventListener("desk:keep", keepNow);
  document.addEventListener("desk:leave", () => (isLeaving = true));

  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      keep();
      say("network", "There is no network. What you typed is kept in this browser: save again when it is back.");
      return;
    }
    renewToken();
    isSent = true;
    keep(true);
  });

  // A page from the back/forward cache may be older than the latest save.
  addEventListener("pageshow", (event) => {
    if (event.persisted && isSent) location.reload();
  });

  // Presence

  async function look() {
    if (document.hidden || !here.dataset.presence) return;
    const typing = Date.now() - typedAt < 12_000 ? "1" : "";
    try {
      const body = new URLSearchParams({ typing, revision: here.dataset.revision });
      const response = await fetch(here.dataset.presence, { method: "POST", body, headers: { "X-CSRFToken": token() } });
      unsay("network");
      if (response.redirected || response.status === 403) {
        say("login", "You are logged out. What you type is kept in this browser. Log in, and go on here.", link("Log in in another window", here.dataset.login, "_blank"));
        return;
      }
      unsay("login");
      if (!response.ok) return;
      const { others, saved: news } = await response.json();
      presence.textContent = others.map(({ name, is_typing }) => `${name} ${is_typing ? "is typing here" : "has this open"}.`).join(" ");
      if (news) say("saved", `${news} When you save, you see both texts.`);
    } catch {
      say("network", "The desk can't be reached. What you type is kept in this browser.");
    }
  }

  look();
  setInterval(look, 10_000);
  addEventListener("offline", () => say("network", "There is no network. What you type is kept in this browser."));
  addEventListener("online", look);
});
