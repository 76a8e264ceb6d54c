// The reference works without it: on a narrow screen the contents begin closed.
const contents = document.querySelector('[data-contents]');
if (contents && matchMedia('(max-width: 56rem)').matches) contents.open = false;
