/* Before a logout, say which drafts would be lost with it, and ask. A logout deletes what this browser has kept. */
"use strict";

{
  const address = document.currentScript.dataset.saved;

  const drafts = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith("desk-draft:"))
      .map((key) => {
        try {
          return { key, ...JSON.parse(localStorage[key]) };
        } catch {
          return { key };
        }
      });

  // Drafts that were sent and saved stay until their form is opened again. If the desk can't tell, ask about all.
  async function unsaved() {
    const kept = drafts();
    const sent = kept.filter(({ isSubmitted }) => isSubmitted).map(({ id }) => ["id", id]);
    if (!sent.length) return kept;
    try {
      const response = await fetch(`${address}?${new URLSearchParams(sent)}`);
      const { saved } = await response.json();
      return kept.filter(({ id, isSubmitted }) => !isSubmitted || !saved.includes(id));
    } catch {
      return kept;
    }
  }

  function leave(form) {
    // From now on, the form on this page keeps nothing.
    document.dispatchEvent(new Event("desk:leave"));
    for (const { key } of drafts()) localStorage.removeItem(key);
    // Lines that did not arrive; see composer.js.
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("desk-line:")) sessionStorage.removeItem(key);
    form.submit();
  }

  function button(label, act, name = "button") {
    const element = Object.assign(document.createElement("button"), { type: "button", className: name, textContent: label });
    element.addEventListener("click", act);
    return element;
  }

  function titleOf({ fields = [] }) {
    const values = new Map(fields);
    return values.get("headline") || values.get("title") || values.get("name") || "Without a title";
  }

  function ask(form, lost) {
    const dialog = document.createElement("dialog");
    dialog.className = "desk-ask";
    dialog.setAttribute("aria-labelledby", "desk-ask-title");
    const title = Object.assign(document.createElement("h2"), { id: "desk-ask-title" });
    title.textContent = lost.length === 1 ? "One draft is not saved" : `${lost.length} drafts are not saved`;
    const words = document.createElement("p");
    words.textContent = "Only this browser has them. If you log out, they are deleted. To keep one, open it and save it.";
    const list = document.createElement("ul");
    for (const draft of lost) {
      const item = document.createElement("li");
      const when = new Date(draft.at).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
      const link = Object.assign(document.createElement("a"), { textContent: titleOf(draft), href: draft.path || "/desk/" });
      if (draft.path === location.pathname) {
        link.addEventListener("click", (event) => {
          event.preventDefault();
          dialog.close();
        });
      }
      item.append(link, draft.at ? `, ${when}` : "");
      list.append(item);
    }
    const stay = button("Stay logged in", () => dialog.close(), "button default");
    const go = button("Delete and log out", () => leave(form), "button desk-grave");
    const buttons = document.createElement("p");
    buttons.append(stay, " ", go);
    dialog.append(title, words, list, buttons);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    stay.focus();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.id !== "logout-form") return;
    event.preventDefault();
    document.dispatchEvent(new Event("desk:keep"));
    const lost = await unsaved();
    if (lost.length) ask(form, lost);
    else leave(form);
  });
}
