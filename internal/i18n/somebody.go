package i18n

// Somebody stands in a sentence for a person who is not named; former for who
// was a member.
func (p *Printer) Somebody(former bool) string {
	if former {
		return p.T("mention.former")
	}
	return p.T("mention.copy")
}
