// A page that is away for the moment comes back by itself: counts down, and asks again while nobody leaves it.
const notice = document.querySelector('[data-reload-after]');

if (notice) {
  const again = document.querySelector('[data-again]');
  const shown = notice.querySelector('[data-seconds]');
  let seconds = Number(notice.dataset.reloadAfter);
  const timer = setInterval(() => {
    seconds -= 1;
    shown.textContent = String(Math.max(0, seconds));
    if (seconds > 0) return;
    clearInterval(timer);
    // By its address and not by a reload, which would ask whether to send a form a second time.
    location.replace(again.href);
  }, 1000);
}
