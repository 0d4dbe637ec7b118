// Command bench measures Fondaco beside its floors and peers and prints one
// table. It is a module of its own, so that what it compares with is no
// dependency of the product.
//
//	go run . [-json] [-quick] [-only NAME] [-round TIME] [-rounds N] [-cpuprofile FILE]
//
// Every figure stands beside its floor from the same run: the cells of a row
// take turns, round after round, and the ratio is the median of the ratios of
// the rounds, so that a noisy machine disturbs both alike. The binary executes
// itself again for everything that must be a process of its own.
package main
