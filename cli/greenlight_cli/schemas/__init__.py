"""``greenlight schema``: the JSON Schemas of gates files and suites, with which editors complete and check while people type.

What a key may be comes from the models that read the files; ``texts`` says in words what it is for, and ``rules`` what
holds between keys. The schemas take everything that the models take; the loader refuses more than they do, and says more.

They are of draft-07, with ``definitions``: yaml-language-server, which is behind YAML in VS Code and most other editors, knows
later drafts only since 1.20, and nothing here needs more. It completes keys worse where there are alternatives, and writes
the defaults of a whole object when it completes that; ``draft7`` minds both. Beside a ``$ref`` stand only words, because
draft-07 ignores anything else there.
"""
