package bibliography

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// accents are the marks that a command puts on the letter after it.
var accents = map[string]rune{
	"'": '\u0301', "`": '\u0300', "^": '\u0302', `"`: '\u0308', "~": '\u0303', "=": '\u0304', ".": '\u0307',
	"u": '\u0306', "v": '\u030c', "H": '\u030b', "c": '\u0327', "d": '\u0323', "b": '\u0331', "k": '\u0328', "r": '\u030a', "t": '\u0361', "U": '\u030e', "G": '\u030f', "f": '\u0311',
}

// signs are commands that stand for a sign.
var signs = map[string]string{
	"textmu": "µ", "micro": "µ", "ss": "ß", "SS": "ẞ", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
	"S": "§", "P": "¶", "copyright": "©", "pounds": "£", "textsterling": "£", "euro": "€", "texteuro": "€", "textregistered": "®", "texttrademark": "™", "textdegree": "°", "degree": "°", "dag": "†", "ddag": "‡",
	"textendash": "–", "textemdash": "—", "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”", "textquotedbl": `"`, "textquotesingle": "'", "guillemotleft": "«", "guillemotright": "»", "guilsinglleft": "‹", "guilsinglright": "›", "quotedblbase": "„", "quotesinglbase": "‚",
	"ldots": "…", "dots": "…", "textellipsis": "…", "cdots": "⋯", "textbackslash": `\`, "backslash": `\`, "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textbar": "|", "textless": "<", "textgreater": ">", "textbullet": "•", "textperiodcentered": "·", "cdot": "·",
	"textexclamdown": "¡", "textquestiondown": "¿", "textordfeminine": "ª", "textordmasculine": "º", "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "slash": "/", "textdollar": "$", "nobreakspace": " ", "quad": " ", "qquad": " ", "space": " ", "par": " ", "newline": " ", "enspace": " ", "thinspace": " ",
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
	"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞", "times": "×", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈", "sim": "∼", "rightarrow": "→", "to": "→", "leftarrow": "←", "textrightarrow": "→", "langle": "⟨", "rangle": "⟩", "ell": "ℓ", "circ": "°", "prime": "′", "in": "∈", "cup": "∪", "cap": "∩", "star": "⋆", "ast": "∗",
}

// silent are commands whose argument nobody reads.
var silent = map[string]bool{
	"noopsort": true, "hspace": true, "vspace": true, "label": true, "ref": true, "cite": true, "citep": true, "citet": true, "footnote": true, "index": true, "color": true, "textcolor": true, "hyphenation": true, "fontsize": true, "selectlanguage": true, "foreignlanguage": true, "href": true, "raisebox": true, "kern": true, "begin": true, "end": true,
}

// doublets are signs of more than one letter.
var doublets = strings.NewReplacer("---", "—", "--", "–", "``", "“", "''", "”", "?`", "¿", "!`", "¡", "<<", "«", ">>", "»", ",,", "„")

// plain is TeX as people read it. What is not known leaves its words.
func plain(tex string) string {
	if !strings.ContainsAny(tex, "\\{}$~`'-<>,") {
		return strings.Join(strings.Fields(tex), " ")
	}
	t := texReader{s: tex}
	t.read()
	return strings.Join(strings.Fields(norm.NFC.String(t.out.String())), " ")
}

type texReader struct {
	s   string
	at  int
	out strings.Builder
}

func (t *texReader) read() {
	for t.at < len(t.s) {
		start := t.at
		for t.at < len(t.s) && !strings.ContainsRune(`\{}$~`, rune(t.s[t.at])) {
			t.at++
		}
		t.out.WriteString(doublets.Replace(t.s[start:t.at]))
		if t.at == len(t.s) {
			return
		}
		c := t.s[t.at]
		t.at++
		switch c {
		case '~':
			t.out.WriteByte(' ')
		case '\\':
			t.command()
		}
	}
}

// command reads what follows a backslash.
func (t *texReader) command() {
	if t.at == len(t.s) {
		return
	}
	start := t.at
	for t.at < len(t.s) && isASCIILetter(t.s[t.at]) {
		t.at++
	}
	name := t.s[start:t.at]
	if name == "" {
		_, size := utf8.DecodeRuneInString(t.s[t.at:])
		name = t.s[t.at : t.at+size]
		t.at += size
		if mark, is := accents[name]; is {
			t.accent(mark)
			return
		}
		switch name {
		case `\`, " ", ",", ";", ":", "\n", "\t", "\r":
			t.out.WriteByte(' ')
		case "-", "/", "!", "(", ")", "[", "]", "@", "*":
		default:
			t.out.WriteString(name)
		}
		return
	}
	if mark, is := accents[name]; is && t.accentable() {
		t.accent(mark)
		return
	}
	sign, known := signs[name]
	switch {
	case known:
		t.out.WriteString(sign)
	case silent[name]:
		t.argument()
		return
	case name == "enquote" || name == "mkbibquote":
		t.out.WriteString("“" + plain(t.argument()) + "”")
		return
	case name == "char", name == "symbol":
		return
	}
	t.swallow()
}

// swallow passes over the blanks that end a command, or the braces that do so.
func (t *texReader) swallow() {
	switch {
	case strings.HasPrefix(t.s[t.at:], "{}"):
		t.at += 2
	default:
		for t.at < len(t.s) && (t.s[t.at] == ' ' || t.s[t.at] == '\n' || t.s[t.at] == '\t') {
			t.at++
		}
	}
}

// accentable says whether a letter follows for an accent whose command is a
// letter itself: "\c c", "\c{c}".
func (t *texReader) accentable() bool {
	rest := strings.TrimLeft(t.s[t.at:], " ")
	return rest != "" && (rest[0] == '{' || rest[0] == '\\' || len(rest) < len(t.s[t.at:]))
}

// accent puts a mark on what follows.
func (t *texReader) accent(mark rune) {
	for t.at < len(t.s) && (t.s[t.at] == ' ' || t.s[t.at] == '\n') {
		t.at++
	}
	base := ""
	switch {
	case t.at == len(t.s):
	case t.s[t.at] == '{':
		base = plain(t.argument())
	case t.s[t.at] == '\\':
		inner := texReader{s: t.s, at: t.at + 1}
		inner.command()
		t.at, base = inner.at, inner.out.String()
	default:
		_, size := utf8.DecodeRuneInString(t.s[t.at:])
		base = t.s[t.at : t.at+size]
		t.at += size
	}
	r, size := utf8.DecodeRuneInString(base)
	switch r {
	case 'ı':
		r = 'i'
	case 'ȷ':
		r = 'j'
	}
	if size == 0 || !unicode.IsLetter(r) {
		t.out.WriteString(base)
		return
	}
	t.out.WriteString(norm.NFC.String(string(r)+string(mark)) + base[size:])
}

// argument reads what stands between the braces that follow.
func (t *texReader) argument() string {
	for t.at < len(t.s) && t.s[t.at] == ' ' {
		t.at++
	}
	if t.at == len(t.s) || t.s[t.at] != '{' {
		return ""
	}
	depth, start := 0, t.at+1
	for ; t.at < len(t.s); t.at++ {
		switch t.s[t.at] {
		case '\\':
			t.at++
		case '{':
			if depth++; depth > maxDepth {
				t.at = len(t.s)
				return ""
			}
		case '}':
			if depth--; depth == 0 {
				t.at++
				return t.s[start : t.at-1]
			}
		}
	}
	t.at = len(t.s)
	return t.s[min(start, len(t.s)):]
}

func isASCIILetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
