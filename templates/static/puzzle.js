// Looks for the number that the page asks for, while its reader looks at what they wrote.
// A thank-you that is sent too soon waits a little for it, and goes without when it takes too long.
const told = document.querySelector("[data-challenge]");
const form = told.closest("form");
const { salt, challenge, signature, most } = told.dataset;
const AT_ONCE = 500, PATIENCE = 15000, LIVES = 10 * 60 * 1000;
let ready = false, waiting = null;

const say = (what) => (told.textContent = told.dataset[what]);
const hex = (hash) => Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");

const found = async () => {
  const text = new TextEncoder();
  const start = parseInt(challenge.slice(0, 8), 16);
  for (let first = 0; first <= most; first += AT_ONCE) {
    const tried = Array.from({ length: AT_ONCE }, (_, more) =>
      crypto.subtle.digest("SHA-256", text.encode(salt + (first + more))));
    const hashes = await Promise.all(tried);
    const at = hashes.findIndex((hash) => new DataView(hash).getUint32(0) === start && hex(hash) === challenge);
    if (at >= 0) return first + at;
  }
  throw new Error("no number gives this digest");
};

const goOn = () => {
  const { button } = waiting ?? {};
  ready = true;
  waiting = null;
  if (button) form.requestSubmit(button);
};

const look = async () => {
  say("busy");
  try {
    const number = await found();
    form.altcha.value = btoa(JSON.stringify({ algorithm: "SHA-256", challenge, number, salt, signature }));
    if (!waiting) say("done");
  } catch {
    say("failed");  // An old browser, or a page that did not come over HTTPS.
  }
  goOn();
};

// Before any other listener, so that a form that waits does not count as sent.
document.addEventListener("submit", (event) => {
  if (ready || event.target !== form || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  event.stopPropagation();
  if (waiting) return;
  waiting = { button: event.submitter };
  say("waits");
  setTimeout(goOn, PATIENCE);
}, true);

setTimeout(say, LIVES, "failed");
look();
