"use strict";
// One page, no library: captions go into the page as text only, never as markup.
const $ = (id) => document.getElementById(id);
const SAID = { keep: "Kept", drop: "Dropped", edit: "Edited", same_as: "Same as another" };
const ROLES = [
  ["caption", "Captions that fit this picture"],
  ["picture", "Pictures that this caption fits"],
  ["near", "Nearest pictures"],
];
let queues = [];
let queue = 0;
let places = [];
let doing = Promise.resolve();

function make(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children.filter((child) => child !== null));
  return made;
}

const current = () => queues[queue]?.items[places[queue]];
const likeness = (value) => make("span", { className: "likeness", text: value.toFixed(2) });

function tell(message, wrong = false) {
  $("message").textContent = message;
  $("message").className = wrong ? "wrong" : "";
}

function picture(number, alt, className = "") {
  return make("img", { src: `picture/${number}`, alt, className, loading: "lazy" });
}

function drawTabs() {
  $("tabs").replaceChildren(...queues.map((one, at) => {
    const tab = make("button", { type: "button", id: `tab-${one.name}`, onclick: () => open(at) },
      `${one.title} `, make("span", { text: `${one.items.length}` }));
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(at === queue));
    tab.setAttribute("aria-controls", "item");
    return tab;
  }));
  $("item").setAttribute("aria-labelledby", `tab-${queues[queue].name}`);
  $(`tab-${queues[queue].name}`).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function drawProgress() {
  const items = queues[queue].items;
  const done = items.filter((item) => item.decided).length;
  $("progress").textContent = `${done} of ${items.length} reviewed`;
  $("done").style.width = items.length ? `${(100 * done) / items.length}%` : "0";
}

function verdict(item) {
  if (!item.decided) return null;
  const others = item.decided.others.map((one) => (one.caption === null ? one.image : `“${one.caption}”`));
  const more = others.length ? `: ${others.join("; ")}` : "";
  return make("p", { className: `verdict ${item.decided.decision}`, text: SAID[item.decided.decision] + more });
}

function captionOf(item) {
  const edited = item.decided?.new_caption;
  if (!edited) return [make("p", { className: "caption", text: item.caption, lang: "" })];
  return [
    make("p", { className: "caption", text: edited, lang: "" }),
    make("p", { className: "was", text: item.caption, lang: "" }),
  ];
}

function facts(item) {
  const known = [item.where, item.image];
  if (item.own_similarity !== null) known.unshift(`similarity ${item.own_similarity.toFixed(2)}`);
  return make("p", { className: "facts", text: known.filter(Boolean).join(" · ") });
}

function choice(number) {
  const button = make("button", { type: "button", className: "number", text: String(number), title: `Mark ${number} as saying the same` });
  button.addEventListener("click", () => { doing = doing.then(() => decide({ decision: "same_as", candidate: number - 1 })); });
  return button;
}

function captionRow(one, number) {
  return make("li", {}, choice(number), make("span", { className: "words", text: one.caption, lang: "" }), likeness(one.similarity));
}

function tile(one, number) {
  const name = one.caption ?? one.image;
  return make("figure", { className: "tile", title: name }, picture(one.picture, `Candidate ${number}: ${name}`), choice(number),
    make("figcaption", {}, likeness(one.similarity)));
}

function candidates(item) {
  const numbered = item.candidates.map((one, at) => [one, at + 1]);
  const parts = ROLES.map(([role, title]) => {
    // What the item is about stands first among its like.
    const those = numbered.filter(([one]) => one.role === role || (one.role === "other" && role === (one.caption === null ? "picture" : "caption")));
    if (!those.length) return null;
    const list = role === "caption"
      ? make("ol", { className: "list" }, ...those.map(([one, number]) => captionRow(one, number)))
      : make("div", { className: "tiles" }, ...those.map(([one, number]) => tile(one, number)));
    return make("section", {}, make("h3", { text: title }), list);
  });
  return parts.filter(Boolean);
}

function others(item) {
  const rest = item.captions.filter((caption) => caption !== item.caption);
  if (!rest.length) return null;
  return make("section", {}, make("h3", { text: "This picture's other captions" }),
    make("ol", { className: "list" }, ...rest.map((caption) => make("li", {}, make("span", { className: "words", text: caption, lang: "" })))));
}

function side(number, key, captions, title, extra = null) {
  return make("figure", {}, picture(number, `${title}: ${key}`, "shown"),
    make("figcaption", {}, extra, ` ${title} · ${key}`),
    make("ol", { className: "list" }, ...captions.map((caption) => make("li", {}, make("span", { className: "words", text: caption, lang: "" })))));
}

function drawPair(item) {
  const figure = make("figure", {}, picture(item.picture, item.image, "shown"));
  return make("div", { className: "pair" }, figure,
    make("div", {}, verdict(item), ...captionOf(item), make("p", { className: "reason", text: item.reason }), facts(item), others(item), ...candidates(item)));
}

function drawPictures(item) {
  const other = item.candidates[0];
  return make("div", {}, verdict(item), make("p", { className: "caption", text: item.reason }),
    make("p", { className: "reason", text: "Keep leaves both. Drop removes the first with all its captions. Same as marks both as saying the same." }),
    make("div", { className: "two" },
      side(item.picture, item.image, item.captions, "First"),
      side(other.picture, other.image, item.other_captions, "Second", choice(1))));
}

function draw() {
  drawTabs();
  drawProgress();
  const item = current();
  const nothing = make("p", { className: "empty", text: "Nothing is suspicious here." });
  $("item").replaceChildren(!item ? nothing : item.caption === null ? drawPictures(item) : drawPair(item));
  $("item").scrollTop = 0;
  for (const name of ["keep", "drop", "same_as", "next", "previous"]) button(name).disabled = !item;
  button("edit").disabled = !item || item.caption === null;
}

const button = (name) => document.querySelector(`[data-act="${name}"]`);

function open(at) {
  queue = at;
  tell("");
  draw();
}

function go(step) {
  const count = queues[queue].items.length;
  const to = places[queue] + step;
  if (to < 0 || to >= count) {
    tell(to < 0 ? "This is the first one." : "This was the last one of this queue.");
    return;
  }
  places[queue] = to;
  tell("");
  draw();
}

async function send(request) {
  const answer = await fetch("api/decisions", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
  });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error);
  for (const { queue: name, item, decided } of document.changed) {
    queues.find((one) => one.name === name).items[item].decided = decided;
  }
  return document;
}

async function decide(request) {
  if (!current()) return;
  try {
    await send({ queue: queues[queue].name, item: places[queue], ...request });
    tell("");
    if (places[queue] + 1 < queues[queue].items.length) {
      places[queue] += 1;
      draw();
    } else {
      draw();
      tell("Kept. This was the last one of this queue.");
    }
  } catch (error) {
    tell(`Not kept: ${error.message}`, true);
  }
}

async function undo() {
  try {
    const { queue: name, changed } = await send({ decision: "undo" });
    const place = changed.find((one) => one.queue === name) ?? changed[0];
    if (place) {
      queue = queues.findIndex((one) => one.name === place.queue);
      places[queue] = place.item;
    }
    draw();
    tell("Taken back.");
  } catch (error) {
    tell(`Not taken back: ${error.message}`, true);
  }
}

function edit() {
  const item = current();
  if (!item || item.caption === null) return;
  $("text").value = item.decided?.new_caption ?? item.caption;
  $("edit").showModal();
  $("text").focus();
  $("text").select();
}

async function save() {
  const text = $("text").value.trim();
  if (!text) return;
  $("edit").close();
  await decide({ decision: "edit", new_caption: text });
}

function same() {
  const item = current();
  if (!item) return;
  const count = item.candidates.length;
  $("same-about").textContent = item.caption ?? item.image;
  $("same-error").textContent = "";
  $("number").value = count === 1 ? "1" : "";
  $("number").placeholder = `1 to ${count}`;
  $("same").showModal();
  $("number").focus();
}

async function mark() {
  const count = current().candidates.length;
  const number = Number.parseInt($("number").value, 10);
  if (!(number >= 1 && number <= count)) {
    $("same-error").textContent = `Choose a number from 1 to ${count}.`;
    return;
  }
  $("same").close();
  await decide({ decision: "same_as", candidate: number - 1 });
}

const ACTS = {
  keep: () => decide({ decision: "keep" }),
  drop: () => decide({ decision: "drop" }),
  edit,
  same_as: same,
  next: () => go(1),
  previous: () => go(-1),
  undo,
  help: () => $("help").showModal(),
};
// One after another: a key that is pressed while a decision is on its way means the pair that comes next.
const act = (name) => { doing = doing.then(() => ACTS[name]()); };
const KEYS = { k: "keep", d: "drop", e: "edit", s: "same_as", n: "next", p: "previous", u: "undo", "?": "help" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const name = KEYS[event.key.toLowerCase()];
  // A key that is held down turns pages, but decides nothing.
  if (!name || button(name).disabled || (event.repeat && !["next", "previous"].includes(name))) return;
  event.preventDefault();
  act(name);
});
document.querySelectorAll("[data-act]").forEach((one) => one.addEventListener("click", () => act(one.dataset.act)));
document.querySelectorAll("[data-close]").forEach((one) => one.addEventListener("click", () => one.closest("dialog").close()));
$("save").addEventListener("click", save);
$("mark").addEventListener("click", mark);
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    save();
  }
});
$("number").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  mark();
});

async function start() {
  const state = await (await fetch("api/state")).json();
  queues = state.queues;
  $("data").textContent = state.data.split("/").slice(-2).join("/");
  $("data").title = state.data;
  // Go on where the last session stopped: at the first pair without a decision.
  places = queues.map(({ items }) => Math.max(items.findIndex((item) => !item.decided), 0));
  queue = Math.max(queues.findIndex(({ items }) => items.some((item) => !item.decided)), 0);
  document.title = `Review of ${state.data}`;
  draw();
  document.body.dataset.ready = "yes";
}

start().catch((error) => tell(`The review cannot be shown: ${error.message}`, true));
