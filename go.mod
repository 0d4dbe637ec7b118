module github.com/fondaco/fondaco

go 1.26
