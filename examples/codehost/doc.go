// Package codehost is an example: a small code-hosting back end whose logic is
// plugins in six languages. fondaco.yaml is the server; README.md of the
// repository has the calls. The tests here call all of it, over BERT-RPC and
// over HTTP.
package codehost
