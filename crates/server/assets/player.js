// The player: jumps, the line that is being said, and what was watched.

import { call, name, record, say } from "./app.js";

const player = document.getElementById("player");
const lines = [...document.querySelectorAll("#lines a")];
const starts = lines.map((line) => Number(line.dataset.start));
const video = document.querySelector("article[data-video]").dataset.video;

/** The second that an address asks for: `#t=12.5` or `?t=12.5`. */
function asked() {
  const hash = new URLSearchParams(location.hash.slice(1)).get("t");
  const second = Number.parseFloat(hash ?? new URLSearchParams(location.search).get("t"));
  return Number.isFinite(second) && second >= 0 ? second : null;
}

function jump(second) {
  if (player.readyState >= HTMLMediaElement.HAVE_METADATA) player.currentTime = second;
  else player.addEventListener("loadedmetadata", () => jump(second), { once: true });
}

/** Place of the last line that has begun at `second`; -1 before the first. */
function lineAt(second) {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= second + 0.05) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The words of a line whose times are known, and the place of the last that has begun; -1 before. */
function wordsOf(line) {
  const words = [...(line?.querySelectorAll("i") ?? [])];
  return [words, words.findLastIndex((word) => Number(word.dataset.start) <= player.currentTime + 0.05)];
}

/** Marks the word of a line that is being said. */
function followWord(line) {
  const [words, now] = wordsOf(line);
  document.querySelectorAll("#lines i.now").forEach((word) => word !== words[now] && word.classList.remove("now"));
  if (words.length > 1) words[now]?.classList.add("now");
}

/** With a line in focus the arrows go from word to word. */
function stepByWord(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const [words, now] = wordsOf(event.target);
  const next = words[now + step];
  if (!next || words.length < 2 || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  jump(Number(next.dataset.start));
}
document.getElementById("lines")?.addEventListener("keydown", stepByWord);

let current = -1;
function follow() {
  followWord(lines[lineAt(player.currentTime)]);
  const place = lineAt(player.currentTime);
  if (place === current) return;
  lines[current]?.removeAttribute("aria-current");
  current = place;
  const line = lines[place];
  if (!line) return;
  line.setAttribute("aria-current", "true");
  // Move the list, never the page, and not while somebody reads in it.
  const list = document.getElementById("lines");
  if (list.matches(":hover, :focus-within")) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const row = line.parentElement;
  const top = row.offsetTop - list.offsetTop - (list.clientHeight - row.clientHeight) / 2;
  list.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
}

const timeline = document.getElementById("timeline");

/** Shows on the line of time where we are. */
function show() {
  if (!(player.duration > 0)) return;
  const x = Math.min(998, (player.currentTime / player.duration) * 1000);
  timeline?.querySelectorAll(".now").forEach((now) => now.setAttribute("x", x));
}

/** The arrow keys go from mark to mark; a lane is one stop of the Tab key. */
function walk(event) {
  const lane = event.target.closest(".marks");
  if (!lane) return;
  const marks = [...lane.querySelectorAll("a")];
  const place = marks.indexOf(event.target.closest("a"));
  const to = {
    ArrowLeft: place - 1,
    ArrowRight: place + 1,
    Home: 0,
    End: marks.length - 1,
  }[event.key];
  const mark = marks[to];
  if (!mark) return;
  event.preventDefault();
  marks[place].setAttribute("tabindex", "-1");
  mark.removeAttribute("tabindex");
  mark.focus();
}

const sprite = player?.querySelector("track[kind=metadata]");
const glimpse = document.getElementById("glimpse");

/** Shows over a lane of the line of time what is to be seen at `second`. */
function peek(lane, second) {
  // Asks for the track, the first time; its cues come later.
  if (sprite.track.mode === "disabled") sprite.track.mode = "hidden";
  const cue = [...(sprite.track.cues ?? [])].findLast(({ startTime }) => startTime <= second);
  glimpse.hidden = !cue;
  if (!cue) return;
  const place = new URL(cue.text, sprite.src);
  const [x, y, width, height] = place.hash.slice("#xywh=".length).split(",").map(Number);
  const [line, whole] = [lane, timeline].map((it) => it.getBoundingClientRect());
  const middle = line.left - whole.left + (second / player.duration) * line.width;
  const left = Math.max(0, Math.min(middle - width / 2, whole.width - width));
  Object.assign(glimpse.style, {
    left: `${left}px`,
    top: `${line.top - whole.top - height - 10}px`,
    width: `${width}px`,
    height: `${height}px`,
    backgroundImage: `url("${place.pathname}")`,
    backgroundPosition: `-${x}px -${y}px`,
  });
  glimpse.firstElementChild.textContent = clock(second);
}

/** Shows what is where the pointer is, or at the mark that has the focus. */
function look({ target, clientX }) {
  const lane = target.closest?.(".marks");
  const mark = target.closest?.("a[data-start]");
  if (!lane || !(player.duration > 0)) return unlook();
  const { left, width } = lane.getBoundingClientRect();
  const pointed = ((clientX - left) / width) * player.duration;
  peek(lane, Math.max(0, Number.isFinite(pointed) ? pointed : Number(mark?.dataset.start ?? 0)));
}

function unlook() {
  glimpse.hidden = true;
}

/** Share of the video that was really played, 0 to 1. */
function watched() {
  let seconds = 0;
  for (let i = 0; i < player.played.length; i++) {
    seconds += player.played.end(i) - player.played.start(i);
  }
  return player.duration > 0 ? Math.min(1, seconds / player.duration) : 0;
}

let started = false;
let finished = false;
let told = 0;

function begin() {
  if (started) return;
  started = true;
  record(video, "start").catch(console.warn);
}

function finish() {
  if (finished || watched() < 0.9) return;
  finished = true;
  record(video, "finish").catch(console.warn);
}

/** Tells how much was watched, when it is news; survives leaving the page. */
function tell() {
  const value = Math.round(watched() * 1000) / 1000;
  const user = document.body.dataset.viewer;
  if (!user || !started || finished || value - told < 0.05) return;
  told = value;
  const body = JSON.stringify({ id: name(), user, video, kind: "watch", value });
  const type = "application/json";
  if (!navigator.sendBeacon("/api/v1/feedback", new Blob([body], { type }))) {
    fetch("/api/v1/feedback", {
      method: "POST",
      headers: { "Content-Type": type },
      body,
      keepalive: true,
    }).catch(console.warn);
  }
}

/** 3:05, 1:02:03. */
function clock(seconds) {
  const [s, m, h] = [seconds % 60, (seconds / 60) % 60, seconds / 3600].map(Math.floor);
  const two = (n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A line that can be jumped to, as those of the transcript. */
function quote({ start, text }) {
  const [item, link, time, words] = ["li", "a", "time", "span"].map((tag) => document.createElement(tag));
  Object.assign(link, { href: `?t=${start}` });
  link.dataset.start = start;
  time.textContent = clock(start);
  words.textContent = text;
  link.append(time, words);
  item.append(link);
  return item;
}

async function ask(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const question = encodeURIComponent(form.elements.q.value.trim());
  if (!question) return;
  const told = (text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  };
  const button = form.querySelector("button");
  const list = document.getElementById("quotes");
  form.setAttribute("aria-busy", "true");
  button.disabled = true;
  list.replaceChildren(told(form.dataset.asking));
  try {
    const { quotes } = await call("GET", `/videos/${encodeURIComponent(video)}/ask?q=${question}`);
    const items = quotes.map(quote);
    if (items.length === 0) items.push(told(form.dataset.none));
    list.replaceChildren(...items);
  } catch (error) {
    list.replaceChildren();
    say(`${document.body.dataset.failed} ${error.message}`);
  } finally {
    button.disabled = false;
    form.removeAttribute("aria-busy");
  }
}

const form = document.getElementById("ask");
if (form) {
  form.hidden = false;
  form.addEventListener("submit", ask);
}

if (player) {
  const second = asked();
  if (second !== null) jump(second);
  addEventListener("hashchange", () => asked() !== null && jump(asked()));
  player.addEventListener("play", begin);
  player.addEventListener("timeupdate", () => {
    follow();
    show();
    finish();
  });
  player.addEventListener("seeked", () => {
    follow();
    show();
  });
  player.addEventListener("pause", tell);
  player.addEventListener("ended", finish);
  addEventListener("pagehide", tell);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") tell();
  });
  player.addEventListener("error", () => {
    document.getElementById("unplayable").hidden = false;
  });
  for (const places of [document.querySelector(".transcript"), timeline]) {
    places?.addEventListener("click", (event) => {
      const place = event.target.closest("[data-start]");
      if (!place || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      jump(Number(place.dataset.start));
      player.play().catch(() => {});
    });
  }
  timeline?.addEventListener("keydown", walk);
  if (sprite && glimpse) {
    for (const event of ["pointermove", "focusin"]) timeline.addEventListener(event, look);
    for (const event of ["pointerleave", "focusout"]) timeline.addEventListener(event, unlook);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && unlook());
  }
}
