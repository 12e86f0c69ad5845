// A press on one of the printed test tokens fills it in.

for (const code of document.querySelectorAll("[data-fill]")) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: code.dataset.fill });
  button.setAttribute("aria-label", `Use ${code.dataset.fill}`);
  button.addEventListener("click", () => {
    const method = document.querySelector("input[name=method]:checked")?.value;
    const first = document.getElementById("first-token");
    const field = method === "split"
      ? (first.value ? document.getElementById("second-token") : first)
      : document.getElementById("token");
    if (method !== "split") document.querySelector("input[name=method][value=card]").checked = true;
    field.value = code.dataset.fill;
    field.focus();
  });
  code.replaceWith(button);
}
