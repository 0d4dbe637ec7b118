// Package rules holds the rules of this repository as tests: who may import
// whom, and what every package and file must have.
package rules
