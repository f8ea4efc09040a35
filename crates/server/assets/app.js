// What every page shares: actions on cards, "show more", small messages.
// Everything can be read without this file.

const words = document.body.dataset;

let naming;

/** Who is at the page. Somebody new gets a name at the first thing they do. */
export function who() {
  if (words.viewer) return Promise.resolve(words.viewer);
  naming ??= fetch("/viewer/new", { method: "POST" })
    .then((answer) => answer.json())
    .then(({ viewer }) => (words.viewer = viewer))
    .finally(() => (naming = undefined));
  return naming;
}

/** A name for one action, so that sending it twice counts once. */
export function name() {
  return `page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/**
 * Says something to the viewer, aloud too; with `undo`, what takes it back.
 * Returns the button that does so: it stays as long as it has the focus.
 */
export function say(text, undo) {
  const toast = document.getElementById("toast");
  toast.replaceChildren(text);
  clearTimeout(say.timer);
  const leave = () => {
    if (toast.contains(document.activeElement)) return;
    toast.classList.remove("shown");
    toast.querySelector("button")?.remove();
  };
  const wait = (ms) => {
    clearTimeout(say.timer);
    say.timer = setTimeout(leave, ms);
  };
  let button;
  if (undo) {
    button = document.createElement("button");
    button.type = "button";
    button.textContent = words.undo;
    button.addEventListener("click", undo, { once: true });
    button.addEventListener("blur", () => wait(4000));
    toast.append(" ", button);
  }
  toast.classList.add("shown");
  wait(undo ? 10000 : 4000);
  return button;
}

/** Calls the interface; throws the detail of a problem. */
export async function call(method, path, body) {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 204) return null;
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.detail);
  return json;
}

/** Records an action of the viewer. */
export async function record(video, kind, value) {
  return call("POST", "/feedback", { id: name(), user: await who(), video, kind, value });
}

/** Takes a card out of its list; returns what puts it back. */
function dismiss(card) {
  const [list, next] = [card.parentElement, card.nextElementSibling];
  const neighbour = next ?? card.previousElementSibling;
  const gone = () => {
    if (card.contains(document.activeElement)) neighbour?.querySelector("h3 a")?.focus();
    card.remove();
  };
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!calm) card.classList.add("leaving");
  const timer = setTimeout(gone, calm ? 0 : 280);
  return () => {
    clearTimeout(timer);
    card.classList.remove("leaving");
    list.insertBefore(card, next?.parentElement === list ? next : null);
    card.querySelector("h3 a")?.focus();
  };
}

/** Hides a video from the viewer, who may take it back at once. */
function hide(card, byKeyboard) {
  const putBack = dismiss(card);
  const undo = say(words.hidden, async () => {
    try {
      await record(card.dataset.video, "unhide");
      putBack();
      say(words.shownAgain);
    } catch (error) {
      say(`${words.failed} ${error.message}`);
    }
  });
  // Whoever came by the keyboard is where the next key undoes.
  if (byKeyboard) undo.focus();
}

function press(button) {
  const others = button.parentElement.querySelectorAll("[aria-pressed]");
  others.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
}

async function share() {
  const player = document.getElementById("player");
  const url = new URL(location.pathname, location.origin);
  if (player && player.currentTime > 1) url.searchParams.set("t", Math.floor(player.currentTime));
  if (navigator.share) return navigator.share({ title: document.title, url: url.href });
  // Browsers lend the clipboard only to secure origins.
  if (!navigator.clipboard) return prompt(words.share, url.href);
  await navigator.clipboard.writeText(url.href);
  say(words.copied);
}

async function act(button, byKeyboard) {
  const holder = button.closest("[data-video]");
  const kind = button.dataset.act;
  if (button.getAttribute("aria-pressed") === "true") return;
  button.disabled = true;
  try {
    if (kind === "share") await share();
    await record(holder.dataset.video, kind);
    if (kind === "like" || kind === "dislike") press(button);
    if (kind === "like") say(words.liked);
    if (kind === "dislike") say(words.disliked);
    if (kind === "hide") hide(holder, byKeyboard);
  } catch (error) {
    // Closing the system's share sheet is no failure.
    if (error.name !== "AbortError") say(`${words.failed} ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

async function more(link) {
  const label = link.textContent;
  link.textContent = words.loading;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const added = [...page.querySelectorAll("#cards > li")];
    document.getElementById("cards").append(...added);
    const next = page.getElementById("more") ?? page.getElementById("end");
    if (next) link.replaceWith(next);
    else link.remove();
    added[0]?.querySelector("h3 a")?.focus();
  } catch (error) {
    link.textContent = label;
    link.removeAttribute("aria-busy");
    say(`${words.failed} ${error.message}`);
  }
}

// Whoever rests on a cover sees a few seconds of the video; never on touch
// screens, and not when motion or data are to be spared.
const calm = matchMedia("(prefers-reduced-motion: reduce), (hover: none)");

function preview(cover) {
  const id = cover.closest("[data-video]")?.dataset.video;
  if (!id || calm.matches || navigator.connection?.saveData) return;
  const wait = setTimeout(() => {
    const film = document.createElement("video");
    Object.assign(film, { muted: true, loop: true, playsInline: true, autoplay: true });
    // A short video has none; the cover stays.
    film.addEventListener("error", () => film.remove());
    film.src = `/api/v1/videos/${encodeURIComponent(id)}/preview`;
    cover.append(film);
  }, 350);
  const end = () => {
    clearTimeout(wait);
    cover.querySelector("video")?.remove();
  };
  cover.addEventListener("mouseleave", end, { once: true });
}

document.addEventListener("mouseover", (event) => {
  const cover = event.target.closest("a.cover");
  if (cover && !cover.contains(event.relatedTarget)) preview(cover);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  // A click without a pointer has no count.
  if (button) act(button, event.detail === 0);
  const link = event.target.closest("#more");
  if (link && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    more(link);
  }
  // A click beside the open menu closes it, as menus do.
  const menu = document.querySelector("details.menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    document.getElementById("q").focus();
  }
});
