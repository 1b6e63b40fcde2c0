// Swagger on our own description. What is tried goes out as the pages' own requests do.
"use strict";

(() => {
  const target = document.getElementById("swagger");
  const token = target.querySelector("input[name=csrfmiddlewaretoken]").value;
  const own = new URL(target.dataset.schema, location.href).origin;

  /* As tokens.css has it at the moment: by what was chosen here, else by the system. */
  function followTheme() {
    const root = document.documentElement;
    root.classList.remove("dark-mode");
    root.classList.toggle("dark-mode", getComputedStyle(root).colorScheme === "dark");
  }

  function withToken(request) {
    if (new URL(request.url, location.href).origin !== own) throw new Error("another site");
    if (!request.loadSpec) request.headers["X-CSRFToken"] = token;
    if (request.loadSpec) request.headers.Accept = "application/json";
    return request;
  }

  followTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", followTheme);
  SwaggerUIBundle({
    url: target.dataset.schema,
    domNode: target,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: withToken,
  });
})();
