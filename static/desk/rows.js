/* Developments and citations are text; only those that are edited or added are forms. Without this script, each button
   here posts the form, which comes back with that row opened. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const sections = [...document.querySelectorAll(".desk-rows")];
  if (!sections.length) return;
  const form = sections[0].closest("form");
  const NETWORK = "The desk can't be reached. Try again.";
  document.documentElement.classList.add("desk-script");
  const closed = new WeakMap();
  let added = 0;

  const said = Object.assign(document.createElement("p"), { className: "desk-hint desk-said" });
  said.setAttribute("role", "status");
  const say = (section, words) => {
    section.querySelector("h2").after(said);
    said.textContent = words;
  };
  const changed = () => django.jQuery(form).trigger("change");
  const parse = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  };

  // Only HTML of the desk's own addresses; after a logout the answer is the login page.
  async function ask(address) {
    const response = await fetch(address).catch(() => null);
    if (!response?.ok || response.redirected) throw new Error(response?.redirected ? "You are logged out." : NETWORK);
    return response.text();
  }

  async function send(address, fields) {
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!response || response.redirected || !response.headers.get("Content-Type")?.startsWith("application/json")) {
      throw new Error(response?.redirected ? "You are logged out." : NETWORK);
    }
    return response.json();
  }

  // Opening, adding and closing a row

  function open(row, before) {
    if (before) {
      closed.set(row, before);
      before.replaceWith(row);
    }
    for (const field of row.querySelectorAll("input[type=text], textarea")) field.dir = "auto";
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "desk-cancel", textContent: before ? "Cancel" : "Remove" });
    row.querySelector(".desk-row-fields").append(cancel);
    row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { formsetName: row.closest(".desk-rows").dataset.part } }));
  }

  function close(row) {
    const before = closed.get(row);
    const section = row.closest(".desk-rows");
    if (before) row.replaceWith(before);
    else row.remove();
    (before?.querySelector(".desk-edit") ?? section.querySelector(".desk-add"))?.focus();
    document.dispatchEvent(new CustomEvent("formset:removed", { detail: { formsetName: section.dataset.part } }));
    changed();
  }

  async function edit(row) {
    const section = row.closest(".desk-rows");
    const { part, rowAddress } = section.dataset;
    try {
      const opened = parse(await ask(`${rowAddress}?${new URLSearchParams({ part, row: row.dataset.row })}`));
      open(opened, row);
      return opened;
    } catch (error) {
      say(section, error.message);
      return null;
    }
  }

  const focusFirst = (row) => (row?.querySelector("[name$=-text]") ?? row?.querySelector("input:not([type=hidden]), select"))?.focus();

  function token() {
    const used = [...form.elements].map((each) => Number(/^(?:developments|citations)-(\d+)-/.exec(each.name)?.[1] ?? -1));
    added = Math.max(added, Math.max(-1, ...used) + 1);
    return added++;
  }

  function add(section) {
    const html = section.querySelector("template[data-new-row]").innerHTML.replaceAll("__prefix__", token());
    const row = parse(html);
    section.querySelector(".desk-list").prepend(row);
    open(row, null);
    focusFirst(row);
  }

  async function cite(section, report) {
    const number = token();
    try {
      const address = `${section.dataset.rowAddress}?${new URLSearchParams({ part: "citations", report, token: number })}`;
      const row = parse(await ask(address));
      section.querySelector(".desk-list").prepend(row);
      open(row, null);
      row.querySelector("input[type=radio]:checked")?.focus();
      changed();
    } catch (error) {
      say(section, error.message);
    }
  }

  async function refresh(row) {
    const { part, rowAddress } = row.closest(".desk-rows").dataset;
    const shown = parse(await ask(`${rowAddress}?${new URLSearchParams({ part, row: row.dataset.row, text: "1" })}`));
    row.replaceWith(shown);
    watch(shown);
    return shown;
  }

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    const section = button?.closest(".desk-rows");
    if (!section) return;
    const row = button.closest(".desk-row");
    if (button.name === "_edit") {
      event.preventDefault();
      focusFirst(await edit(row));
    } else if (button.name === "_add") {
      event.preventDefault();
      add(section);
    } else if (button.name === "_cite") {
      event.preventDefault();
      cite(section, button.value);
    } else if (button.classList.contains("desk-cancel")) close(row);
    else if (button.dataset.stance) {
      const opened = await edit(row);
      const radio = opened?.querySelector(`[name$="-stance"][value="${button.dataset.stance}"]`);
      if (!radio) return;
      radio.checked = true;
      radio.focus();
      radio.dispatchEvent(new Event("input", { bubbles: true }));
      changed();
    } else if (button.getAttribute("form") === "desk-side") {
      event.preventDefault();
      decide(button, row, section);
    }
  });

  // Taking effect immediately: a report's basis, a proposed relay or contradiction.
  async function decide(button, row, section) {
    const reason = row.querySelector(`[name="reason-${button.value}"]`);
    const value = button.dataset.basis ? `${row.dataset.report}:${button.dataset.basis}` : button.value;
    try {
      const { is_done: isDone, said: words, versions, revision } = await send(button.getAttribute("formaction"), { [button.name]: value, ...(reason && { [reason.name]: reason.value }) });
      say(section, words);
      if (versions && form.elements._version.value === versions[0]) {
        // The form goes on from what is saved now, unless someone else has saved in between.
        form.elements._version.value = versions[1];
        document.getElementById("desk-draft").dataset.revision = revision;
      }
      if (!isDone) return reason?.focus();
      const shown = await Promise.all([...section.querySelectorAll(`[data-report="${row.dataset.report}"]`)].map(refresh));
      (shown.find((each) => each.dataset.row === row.dataset.row) ?? section).querySelector("button")?.focus();
      changed();
    } catch (error) {
      say(section, error.message);
    }
  }

  // A row that is opened and not changed is no draft; see draft.js.
  form.addEventListener("input", (event) => event.target.closest("[data-untouched]")?.removeAttribute("data-untouched"));
  django.jQuery(form).on("change", (event) => event.target.closest?.("[data-untouched]")?.removeAttribute("data-untouched"));

  // Stance and basis in one press, on the cards that are on the screen

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const section = target.closest(".desk-rows");
      for (const template of section?.querySelectorAll("template[data-press]") ?? []) {
        if (template.dataset.press === "basis" && !target.dataset.report) continue;
        target.querySelector(".desk-row-text").append(template.content.cloneNode(true));
      }
      for (const each of target.querySelectorAll(".desk-press button")) {
        const value = each.dataset.stance ?? each.dataset.basis;
        each.setAttribute("aria-pressed", String(value === target.dataset[each.dataset.stance ? "stance" : "basis"]));
      }
    }
  });
  const watch = (row) => row.matches(".desk-card") && seen.observe(row);
  document.querySelectorAll(".desk-card").forEach(watch);
  document.querySelectorAll(".desk-row-form").forEach((row) => open(row, null));

  // Finding a report to cite

  const attach = document.querySelector(".desk-attach");
  if (attach) {
    const words = attach.querySelector("#desk-words");
    const found = attach.querySelector("#desk-found");
    const section = attach.closest(".desk-rows");
    let timer = 0;
    let sought = null;
    const find = async () => {
      const typed = words.value;
      if (typed === sought) return;
      sought = typed;
      try {
        const html = await ask(`${attach.dataset.address}?${new URLSearchParams({ q: typed })}`);
        if (sought === typed) found.innerHTML = html;
      } catch (error) {
        sought = null;
        say(section, error.message);
      }
    };
    words.addEventListener("focus", find);
    words.addEventListener("input", (event) => {
      event.stopPropagation();
      clearTimeout(timer);
      timer = setTimeout(find, 250);
    });
    // What is looked for is no change of the form.
    words.addEventListener("change", (event) => event.stopPropagation());
    words.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        found.replaceChildren();
        sought = null;
      } else if (event.key === "ArrowDown") found.querySelector(".desk-cite")?.focus();
      else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        clearTimeout(timer);
        find();
      } else return;
      event.preventDefault();
    });
    attach.querySelector("[name=_find]").addEventListener("click", (event) => {
      event.preventDefault();
      sought = null;
      find();
    });
  }
});
