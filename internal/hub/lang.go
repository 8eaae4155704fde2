package hub

// Lang is a language by its BCP 47 primary tag, lower case: "fr".
type Lang string

// The languages of the interface: the six of the United Nations, and Portuguese.
const (
	Arabic     Lang = "ar"
	English    Lang = "en"
	Spanish    Lang = "es"
	French     Lang = "fr"
	Portuguese Lang = "pt"
	Russian    Lang = "ru"
	Chinese    Lang = "zh"
)

// Langs lists the languages of the interface in the order of the language menu.
var Langs = [...]Lang{Arabic, Chinese, English, French, Russian, Spanish, Portuguese}

// ParseLang returns the interface language named s. The error is Invalid with
// the field "lang".
func ParseLang(s string) (Lang, error) {
	for _, l := range Langs {
		if string(l) == s {
			return l, nil
		}
	}
	return "", &Invalid{Field: "lang", Reason: ReasonUnknown, Value: s}
}

// Dir is the direction of the script: "rtl" or "ltr", as HTML wants it.
func (l Lang) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Name is the language's name in itself.
func (l Lang) Name() string {
	switch l {
	case Arabic:
		return "العربية"
	case English:
		return "English"
	case Spanish:
		return "Español"
	case French:
		return "Français"
	case Portuguese:
		return "Português"
	case Russian:
		return "Русский"
	case Chinese:
		return "中文"
	}
	return string(l)
}
