//go:build ferret

package main

import "nmirfhub/internal/store/mongo"

// A program built with this tag takes a FerretDB for a MongoDB. It is for tests
// where no MongoDB is at hand: FerretDB loses concurrent updates.
func init() { mongoOptions = append(mongoOptions, mongo.AllowFerretDB()) }
