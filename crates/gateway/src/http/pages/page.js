"use strict";
// Everything is listened for on the document, which stays when the page is replaced by what a token shows.
const KEY = "gateway-token";

const token = () => sessionStorage.getItem(KEY);
const headers = () => (token() ? { authorization: `Bearer ${token()}` } : {});
const say = (id, text) => {
  const place = document.getElementById(id);
  if (place) place.textContent = text;
};

// The page again, with the token.
async function show() {
  const answer = await fetch(location.href, { headers: headers() });
  if (answer.status === 401) {
    sessionStorage.removeItem(KEY);
    say("token-problem", "This token is not accepted.");
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
  fill();
}

// What is typed as a query string.
function query(more = {}) {
  const parameters = new URLSearchParams();
  for (const field of document.querySelectorAll("#parameters [name]")) {
    const value = field.value.trim();
    if (value) parameters.append(field.name, value);
  }
  for (const [name, value] of Object.entries(more)) if (value) parameters.append(name, value);
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

const path = () => document.querySelector("main")?.dataset.path;

// Links and snippets with what is typed.
function fill() {
  if (!path()) return;
  for (const link of document.querySelectorAll("a[data-format]")) {
    link.href = `${path()}.${link.dataset.format}${query({ table: link.dataset.table })}`;
  }
  for (const code of document.querySelectorAll("code[data-template]")) {
    const address = (_, ending) => `${location.origin}${path()}${ending === "events" ? "" : `.${ending}`}${query()}`;
    code.textContent = code.dataset.template.replace(/\{(csv|ndjson|json|arrow|parquet|events)\}/g, address);
  }
}

async function problem(answer) {
  try {
    return (await answer.json()).errors.map((error) => error.message).join("; ");
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}

// A link cannot send a token, a request can.
async function download(link) {
  say("problem", "");
  try {
    const answer = await fetch(link.href, { headers: headers() });
    if (!answer.ok) return say("problem", await problem(answer));
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(await answer.blob());
    saved.download = `${path().split("/").pop()}.${link.dataset.format}`;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  } catch {
    say("problem", "The table broke off before its end.");
  }
}

async function preview() {
  say("problem", "");
  const place = document.getElementById("rows");
  place.replaceChildren();
  const answer = await fetch(`${path()}.json${query({ limit: "20" })}`, { headers: headers() });
  if (!answer.ok) return say("problem", await problem(answer));
  const rows = await answer.json();
  if (rows.length === 0) return say("problem", "There are no rows.");
  const table = document.createElement("table");
  const line = (cells, tag) => {
    const row = table.insertRow();
    for (const value of cells) {
      const cell = document.createElement(tag);
      cell.textContent = value === null ? "null" : typeof value === "object" ? JSON.stringify(value) : value;
      if (value === null) cell.className = "null";
      if (typeof value === "number") cell.className = "number";
      row.append(cell);
    }
  };
  line(Object.keys(rows[0]), "th");
  for (const row of rows) line(Object.values(row), "td");
  place.append(table);
}

document.addEventListener("input", fill);
document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id !== "token") return;
  sessionStorage.setItem(KEY, document.getElementById("token-value").value.trim().replace(/^Bearer\s+/i, ""));
  show();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-format]");
  if (link && token()) {
    event.preventDefault();
    download(link);
  }
  if (event.target.id === "preview") preview();
  if (event.target.matches(".copy")) {
    navigator.clipboard.writeText(event.target.parentElement.querySelector("code").textContent);
    event.target.textContent = "Copied";
    setTimeout(() => (event.target.textContent = "Copy"), 1500);
  }
});

if (document.getElementById("token") && token()) show();
fill();
