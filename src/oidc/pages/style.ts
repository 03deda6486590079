/** The one style sheet of all pages; its hash is the only style that their policy allows. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --glow: #e3e9f5; --card: #fff; --edge: #dfe3ea; --text: #1b2230; --soft: #566074;
  --code: #eef1f6; --link: #2450c4;
  --success: #13743f; --success-soft: #dff4e7; --failure: #b3261e; --failure-soft: #fce8e6;
  --notice: #8a5300; --notice-soft: #fdf0d8; --waiting: #2450c4; --waiting-soft: transparent;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f131b; --glow: #1a2436; --card: #181e29; --edge: #2b3443; --text: #eef1f6; --soft: #a4afc2;
    --code: #242c3a; --link: #9db8ff;
    --success: #6fdc9f; --success-soft: #16382a; --failure: #ffb0a8; --failure-soft: #46201f;
    --notice: #ffcf80; --notice-soft: #40301a; --waiting: #9db8ff; --waiting-soft: transparent;
  }
}
* { box-sizing: border-box; margin: 0; }
html { height: 100%; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  min-height: 100%; display: grid; place-items: center; padding: 1.5rem 1rem;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  color: var(--text); background: radial-gradient(60rem 40rem at 50% -10rem, var(--glow), transparent) var(--ground);
}
main {
  width: 100%; max-width: 32rem; padding: 1.5rem 2rem 2rem; text-align: center;
  background: var(--card); border: 1px solid var(--edge); border-radius: 1.25rem;
  box-shadow: 0 1px 2px rgb(16 24 40 / .05), 0 1.25rem 3rem -1rem rgb(16 24 40 / .18);
}
main:has(~ main) { display: none; }
.brand {
  display: flex; gap: .45rem; align-items: center; justify-content: center;
  color: var(--soft); font-size: .875rem; letter-spacing: .01em;
}
.brand svg { width: 1.375rem; height: 1.375rem; }
.sign { display: grid; place-items: center; width: 4.5rem; height: 4.5rem; margin: 1.75rem auto 1.25rem; border-radius: 50%; }
.success .sign { color: var(--success); background: var(--success-soft); }
.failure .sign { color: var(--failure); background: var(--failure-soft); }
.notice .sign { color: var(--notice); background: var(--notice-soft); }
.waiting .sign { color: var(--waiting); background: var(--waiting-soft); }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; outline: none; text-wrap: balance; }
.lead { margin-top: .5rem; color: var(--soft); text-wrap: pretty; overflow-wrap: anywhere; }
dl { margin-top: 1.5rem; border: 1px solid var(--edge); border-radius: .75rem; text-align: left; font-size: .9375rem; }
dl div { display: grid; grid-template-columns: 7.5rem 1fr; gap: .75rem; padding: .625rem .875rem; }
dl div + div { border-top: 1px solid var(--edge); }
dt { color: var(--soft); }
dd { min-width: 0; overflow-wrap: anywhere; }
q { quotes: "\\201c" "\\201d"; }
code { padding: .1em .35em; border-radius: .35em; background: var(--code); font: .9em/1.4 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.next { margin-top: 1.5rem; }
.next h2 { font-size: .9375rem; font-weight: 650; }
.next p { margin-top: .25rem; text-wrap: pretty; overflow-wrap: anywhere; }
.track { opacity: .2; }
.turn { transform-origin: 50% 50%; animation: turn 1s linear infinite; }
.draw { stroke-dasharray: 1; animation: draw .5s ease-out; }
@keyframes turn { to { transform: rotate(1turn); } }
@keyframes draw { from { stroke-dashoffset: 1; } }
@media (max-width: 30rem) {
  body { padding: .75rem; }
  main { padding: 1.25rem 1.25rem 1.75rem; }
  dl div { grid-template-columns: 1fr; gap: 0; }
}
@media (prefers-reduced-motion: reduce) {
  .turn, .draw { animation: none; }
}
@media (forced-colors: active) {
  main, dl { border-color: CanvasText; }
}
@media print { body { background: none; } main { box-shadow: none; } }
`;
