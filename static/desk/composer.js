/* One line at a time, for live events: Enter adds it, and the next can be typed. A line that did not arrive stays. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const sender = document.getElementById("desk-line");
  let composer = document.getElementById("desk-composer");
  if (!sender || !composer) return;
  const list = composer.closest(".desk-rows").querySelector(".desk-list");
  const form = composer.closest("form");
  const find = (name) => sender.elements[name];
  const kept = `desk-line:${document.getElementById("desk-draft").dataset.user}:${location.pathname}`;
  let isSending = false;

  function say(words, isError = false) {
    const said = composer.querySelector(".desk-line-said");
    said.textContent = words;
    said.classList.toggle("desk-alert", isError);
  }

  function keep() {
    const { value } = find("text");
    if (value) sessionStorage.setItem(kept, JSON.stringify([value, find("key").value]));
    else sessionStorage.removeItem(kept);
  }

  function show(answer) {
    const holder = document.createElement("template");
    holder.innerHTML = answer.row;
    if (!document.getElementById(holder.content.firstElementChild.id)) {
      const before = answer.before && document.getElementById(`developments-row-${answer.before}`);
      if (before) before.before(holder.content);
      else list.append(holder.content);
    }
    // The form goes on from what is saved now, unless someone else has saved in between.
    const version = form.elements._version;
    if (version.value === answer.versions[0]) {
      version.value = answer.versions[1];
      document.getElementById("desk-draft").dataset.revision = answer.revision;
    }
  }

  async function add() {
    if (isSending) return;
    isSending = true;
    const line = find("text").value;
    const body = new URLSearchParams(new FormData(sender));
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    say("Adding …");
    try {
      const response = await fetch(sender.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (response.redirected || !response.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(response.redirected ? "you are logged out" : "the desk did not take it");
      const answer = await response.json();
      if (answer.form) {
        const holder = document.createElement("template");
        holder.innerHTML = answer.form;
        composer.replaceWith(holder.content.firstElementChild);
        composer = document.getElementById("desk-composer");
        (composer.querySelector(".errorlist + *, [aria-invalid=true], select") ?? find("text")).focus();
        return;
      }
      show(answer);
      find("key").value = answer.key;
      // What was typed while it was sent is the next line.
      if (find("text").value === line) find("text").value = "";
      for (const name of ["at_0", "at_1"]) find(name).value = "";
      composer.querySelectorAll(".errorlist, .desk-which").forEach((each) => each.remove());
      keep();
      say(answer.said);
    } catch (error) {
      keep();
      // fetch raises TypeError if the network fails.
      const why = error instanceof TypeError ? "the desk can't be reached" : error.message;
      say(`Not added: ${why}. The line is still here; press Enter to send it again.`, true);
    } finally {
      isSending = false;
    }
  }

  sender.addEventListener("submit", (event) => {
    event.preventDefault();
    add();
  });
  document.addEventListener("input", (event) => event.target.form === sender && keep());
  if (sessionStorage.getItem(kept)) {
    const [text, key] = JSON.parse(sessionStorage.getItem(kept));
    find("text").value = text;
    // The same key: if it had arrived after all, it is not added twice.
    find("key").value = key;
    say("This line was not added yet.");
  }
});
