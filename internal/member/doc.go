// Package member keeps the accounts of the hub: who a person is, what role
// they hold, and how they prove it. It answers one question for everybody
// else: for whom is this request (Service.Session).
//
// What it keeps, one JSON document each:
//
//	persons   id: hub.NewID              account; key "address" (unique): AddressKey of the e-mail address; key "role"
//	sessions  id: SHA-256 of the token   who signed in and when; key "expires"
//	api-tokens  id: SHA-256 of the token  what lets a program ask; keys "person", "expires"
//	tokens    id: SHA-256 of the token   a link that works once; key "expires"
//	          id: "used-" + the same     the claim of whoever redeemed it; key "expires"
//
// Keys "expires" are Unix seconds, for the sweep. Tokens themselves are stored
// nowhere; passwords only as argon2id in PHC form, and only in persons.
//
// A person carries an epoch. Sessions and links hold the epoch in which they
// were made and are worth nothing in a later one, so that one guarded write of
// one document ends them all, also those that another instance is just making.
package member
