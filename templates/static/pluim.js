// A little help; every page works without it.
(() => {
  document.querySelector("[data-error-summary]")?.focus();

  for (const box of document.querySelectorAll("[data-count]")) {
    const told = document.getElementById(`${box.id}-count`);
    const tell = () => {
      const left = box.dataset.count - [...box.value].length;
      told.textContent = `${left < 0 ? box.dataset.over : box.dataset.left} ${Math.abs(left)}`;
    };
    let pause;
    box.addEventListener("input", () => (clearTimeout(pause), (pause = setTimeout(tell, 500))));
    tell();
  }

  const again = () => [...document.forms].forEach((form) => delete form.dataset.sent);
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    setTimeout(again, 5000);
  });
  addEventListener("pageshow", again);
})();
