// What catches real mistakes in Odoo's browser code; layout is not judged. Run by scripts/lint.
const known = Object.fromEntries(
    (
        "odoo luxon Chart owl QUnit document window navigator location history console fetch URL URLSearchParams " +
        "setTimeout clearTimeout setInterval clearInterval requestAnimationFrame cancelAnimationFrame queueMicrotask " +
        "Event CustomEvent KeyboardEvent MouseEvent PointerEvent File FileReader Blob FormData Image Node Element " +
        "HTMLElement HTMLInputElement DOMParser AbortController ResizeObserver IntersectionObserver MutationObserver " +
        "localStorage sessionStorage indexedDB performance structuredClone crypto TextEncoder TextDecoder " +
        "DataTransfer matchMedia getComputedStyle Intl BroadcastChannel WebSocket Worker Notification atob btoa"
    )
        .split(" ")
        .map((name) => [name, "readonly"]),
);

module.exports = [
    {
        files: ["**/static/**/*.js"],
        ignores: ["**/static/lib/**"],
        languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: known },
        rules: {
            "no-undef": "error",
            "no-unused-vars": ["error", { args: "none", caughtErrors: "none" }],
            "no-const-assign": "error",
            "no-dupe-keys": "error",
            "no-dupe-class-members": "error",
            "no-unreachable": "error",
            "no-debugger": "error",
            "no-console": ["error", { allow: ["warn", "error"] }],
            "no-restricted-globals": ["error", "event", "self", "name"],
            "prefer-const": "error",
            eqeqeq: ["error", "always", { null: "ignore" }],
        },
    },
];
