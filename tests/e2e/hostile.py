"""Names and messages that git allows, each with what a careless reader of it would do."""

#: What would leave the file `pwned` in the home folder, set an output, or break a parser, as the name of a tag.
TAGS = (
    "v1.4.0;touch${IFS}$HOME/pwned",
    "v$(touch${IFS}$HOME/pwned)",
    "v`touch${IFS}$HOME/pwned`",
    "v1.4.0'&&touch${IFS}$HOME/pwned;'",
    'v1.4.0"|touch${IFS}$HOME/pwned|"',
    "v1.4.0%0A%0Dset-output",
    "v1.4.0<<EOF",
    "v1.4.0=9.9.9",
    "v1.4.0\u202e\u2028\u0085",
    "v1.4.0,--help",
    "v" + "9" * 200,
)
BRANCHES = (
    "$(touch${IFS}$HOME/pwned)",
    "release`touch${IFS}$HOME/pwned`",
    "a%0A%3A%3Aset-output",
    "b\u2028c",
    "x;touch${IFS}$HOME/pwned",
)
MESSAGES = (
    "::set-output name=version::6.6.6",
    "  ::error file=a.cs,line=1::forged",
    "feat: rain ##[set-output name=version]6.6.6",
    "fix: x\r::add-mask::1.4.0\r::stop-commands::abcdefgh",
    "a subject\n\n::set-output name=dist-tag::latest\nEOF\nversion=6.6.6\nversion<<EOF\n6.6.6\nEOF",
    "$(touch $HOME/pwned) `touch $HOME/pwned` ; touch $HOME/pwned",
    "<img src=x onerror=alert(1)> | @everyone | [x](javascript:alert(1)) ```",
    "\x1b]0;title\x07\x1b[2J\u202e\u2028::error::forged",
    "long " + "x" * 10_000,
)
