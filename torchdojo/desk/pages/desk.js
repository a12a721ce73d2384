"use strict";
// Forms and keys of the desk. Pages work without this script: it only saves reloads and the mouse.
//
// <form data-swap="a b">: send the form without leaving the page, then replace the elements #a and #b, and the news, by
//   those of the page that the server answers with. A button with formaction leaves the page instead. An answer 409 with
//   an element #refused, which shows what was decided in the meantime, replaces only that.
// data-key="e" on a link, button, field or summary: the key presses it, or goes to the field. data-key-label says in the
//   list of keys what it does; by default that is its text. Of several the current item's comes first.
// data-item: the elements that j and k go through.
// After a swap the document gets the event "swapped".

const KEYS_OFF = "desk-keys-off";
const news = () => document.getElementById("news");

function say(text, kind = "") {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  paragraph.className = kind;
  news()?.replaceChildren(paragraph);
}

// What somebody has opened stays open, and what was typed and not sent stays typed. sent: the form that was saved, or null
function keep(now, then, sent) {
  for (const details of now.querySelectorAll("details[id]")) {
    const other = then.querySelector(`#${CSS.escape(details.id)}`);
    if (other && details !== sent?.parentElement) other.open = details.open;
  }
  for (const field of now.querySelectorAll("input[id], textarea[id]")) {
    const other = then.querySelector(`#${CSS.escape(field.id)}`);
    if (!other || field.form === sent) continue;
    if (field.type === "checkbox") other.checked = field.checked === field.defaultChecked ? other.checked : field.checked;
    else if (field.value !== field.defaultValue) other.value = field.value;
  }
}

function swap(page, ids, sent) {
  // A button that is disabled while its form is sent has lost the focus.
  const place = document.activeElement === document.body ? sent : document.activeElement;
  const focused = place?.id;
  const item = place?.closest("[data-item]")?.id;
  const all = ids.map((id) => [document.getElementById(id), page.getElementById(id)]).filter(([now]) => now);
  for (const [now, then] of all) {
    if (all.some(([other]) => other !== now && other.contains(now))) continue; // it comes with that one
    if (then) {
      keep(now, then, sent);
      now.replaceWith(then);
    } else now.replaceChildren();
  }
  for (const id of [focused, item])
    if (id && document.activeElement === document.body) document.getElementById(id)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("swapped"));
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const buttons = form.querySelectorAll("button");
  for (const one of buttons) one.disabled = true;
  say("Saving …", "soft");
  try {
    const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const ids = [...form.dataset.swap.split(" "), "news"].filter(Boolean);
    if (response.ok) swap(page, ids, form);
    else if (response.status === 409 && page.getElementById("refused")?.firstElementChild) {
      say("Not saved.", "bad");
      swap(page, ["refused"], null);
      document.getElementById("refused").scrollIntoView({ block: "nearest" });
    } else say(page.querySelector("[role=alert]")?.textContent ?? `Not saved: the desk answered ${response.status}.`, "bad");
  } catch {
    say("Not saved: the desk does not answer. Is `dojo desk` still running?", "bad");
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]") || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  send(form, event.submitter);
});

// Fields that apply as soon as they are changed: their form is sent, and its button is for those without this script.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-apply]")) event.target.form.requestSubmit();
});

const isTyping = (element) =>
  element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function step(forward) {
  const items = [...document.querySelectorAll("[data-item]")].filter(isShown);
  if (!items.length) return;
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const next = at < 0 ? (forward ? 0 : items.length - 1) : Math.max(0, Math.min(items.length - 1, at + (forward ? 1 : -1)));
  news()?.replaceChildren(); // it would cover what is looked at next
  items[next].focus();
  items[next].scrollIntoView({ block: "nearest" });
}

function press(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
    element.focus();
    element.select?.();
  } else element.click();
  if (element.matches("summary") && element.parentElement.open)
    element.parentElement.querySelector("input:not([type=hidden]), textarea")?.focus();
}

function listKeys(dialog) {
  const rows = new Map();
  if (document.querySelector("[data-item]")) rows.set("j / k", "next / previous");
  for (const element of document.querySelectorAll("[data-key]"))
    if (!rows.has(element.dataset.key)) rows.set(element.dataset.key, element.dataset.keyLabel ?? element.textContent.trim());
  rows.set("?", "this list");
  const body = dialog.querySelector("tbody");
  body.replaceChildren(
    ...[...rows].map(([key, text]) => {
      const row = document.createElement("tr");
      const head = row.appendChild(document.createElement("th"));
      head.scope = "row";
      head.appendChild(document.createElement("kbd")).textContent = key;
      row.appendChild(document.createElement("td")).textContent = text;
      return row;
    }),
  );
}

// Escape leaves a field, and closes what was opened for it.
document.addEventListener("keydown", (event) => {
  const details = event.key === "Escape" && isTyping(event.target) && event.target.closest("details");
  if (!details) return;
  details.open = false;
  (details.closest("[data-item]") ?? details.querySelector("summary")).focus();
});

const dialog = document.getElementById("keys");
if (dialog) {
  const opener = document.getElementById("show-keys");
  const off = document.getElementById("keys-off");
  const open = () => { listKeys(dialog); dialog.showModal(); };
  opener.hidden = false;
  opener.addEventListener("click", open);
  off.checked = localStorage.getItem(KEYS_OFF) !== null;
  off.addEventListener("change", () => {
    if (off.checked) localStorage.setItem(KEYS_OFF, "1");
    else localStorage.removeItem(KEYS_OFF);
  });
  document.addEventListener("keydown", (event) => {
    if (off.checked || dialog.open || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "?") open();
    else if (event.key === "j" || event.key === "k") step(event.key === "j");
    else {
      const selector = `[data-key="${CSS.escape(event.key)}"]`;
      const own = document.activeElement?.closest("[data-item]")?.querySelectorAll(selector) ?? [];
      const element = [...own, ...document.querySelectorAll(selector)].find((one) => !one.disabled && isShown(one));
      if (!element) return;
      press(element);
    }
    event.preventDefault();
  });
}
