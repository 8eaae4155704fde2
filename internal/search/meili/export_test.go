package meili

// Equal is for the test of what goes into a filter.
var Equal = equal
