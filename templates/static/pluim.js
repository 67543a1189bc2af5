// Comforts that no page depends on: focus on the error summary, characters left, one send per click.
for (const summary of document.querySelectorAll("[data-error-summary]")) summary.focus();

for (const count of document.querySelectorAll("[data-limit]")) {
  const field = document.getElementById(count.dataset.for);
  let pause;
  const show = () => {
    // The server counts code points, and so does this.
    const left = count.dataset.limit - [...field.value.trim()].length;
    const sentence = left < 0 ? count.dataset.over : count.dataset.left;
    count.textContent = sentence.replace("{n}", Math.abs(left));
    count.classList.toggle("over", left < 0);
  };
  // Screen readers hear the count when the typing pauses, not at every letter.
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(show, 600);
  });
  show();
}

const wait = (form, waiting) => {
  form.toggleAttribute("data-sent", waiting);
  for (const button of form.querySelectorAll("[type=submit]"))
    waiting ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
};
const sending = document.querySelectorAll("form[method=post]");
for (const form of sending)
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    wait(form, true);
    setTimeout(wait, 10000, form, false);
  });
addEventListener("pageshow", (event) => {
  if (event.persisted) sending.forEach((form) => wait(form, false));
});
