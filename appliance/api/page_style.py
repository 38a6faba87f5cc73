"""The look of the reference: one stylesheet, no script, nothing from anywhere else."""

from __future__ import annotations

STYLE = """\
:root{--ink:#1c2024;--soft:#60646c;--line:#d9d9e0;--ground:#fcfcfd;--panel:#f0f0f3;--mark:#0b68cb;--good:#218358;
--bad:#ce2c31;--warn:#ab6400}
@media (prefers-color-scheme:dark){:root{--ink:#edeef0;--soft:#b0b4ba;--line:#363a3f;--ground:#111113;
--panel:#1c1d20;--mark:#70b8ff;--good:#3dd68c;--bad:#ff9592;--warn:#ffca16}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground);display:flex}
nav{width:19rem;flex:none;height:100vh;position:sticky;top:0;overflow:auto;padding:1.25rem;
border-right:1px solid var(--line);font-size:.875rem}
nav h2{font-size:.75rem;text-transform:uppercase;letter-spacing:.05em;color:var(--soft);margin:1.25rem 0 .25rem}
nav a{display:block;color:inherit;text-decoration:none;padding:.1rem 0}
nav a:hover,a:hover{text-decoration:underline}
main{max-width:56rem;padding:1.5rem 2rem 6rem;min-width:0;flex:1}
a{color:var(--mark)}
h1{margin-top:0}
h2.tag{margin-top:3rem;border-bottom:1px solid var(--line)}
section.op{margin:2.5rem 0;scroll-margin-top:1rem}
h3{margin:0 0 .25rem}
code,pre{font:.85em/1.5 ui-monospace,monospace}
pre{background:var(--panel);padding:.75rem 1rem;overflow:auto;border-radius:.4rem;margin:.5rem 0}
code.route{font-size:.95em}
.verb{font:600 .75rem ui-monospace,monospace;padding:.1rem .4rem;border-radius:.25rem;background:var(--panel)}
.verb.get{color:var(--mark)}.verb.post{color:var(--good)}.verb.put{color:var(--warn)}.verb.delete{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-size:.875rem;margin:.5rem 0}
th{text-align:left;color:var(--soft);font-weight:600}
th,td{border-bottom:1px solid var(--line);padding:.3rem .75rem .3rem 0;vertical-align:top}
.soft{color:var(--soft);font-size:.875rem}
details summary{cursor:pointer;color:var(--soft);font-size:.875rem}
:target{background:color-mix(in srgb,var(--mark) 10%,transparent)}
@media (max-width:60rem){body{display:block}nav{width:auto;height:auto;position:static;border:0}
main{padding:1rem}}
"""
