// Package admin steers a running server: an HTTP API on a Unix socket that only
// its user can reach, or on TCP with a token, and the client for it. All
// answers are JSON, all errors application/problem+json with the error's kind.
//
//	GET  /v1/modules               what every module does: a list of ModuleInfo
//	POST /v1/modules/NAME/reload   load the module's plugins again
//	POST /v1/modules/NAME/enable   put it back in service
//	POST /v1/modules/NAME/disable  take it out of service; ?by=WHO is told to its callers
//	POST /v1/reload                read the configuration file again
//	GET  /v1/stats                 the server's info and its modules: a Stats
//	GET  /v1/server                who it is and where it listens: a ServerInfo
//	POST /v1/halt                  drain and end
//	GET  /healthz, /readyz         200 once it lives, once it serves; else 503
package admin
