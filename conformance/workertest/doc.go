// Package workertest is the conformance kit for workers: it holds the
// conversations of docs/protocol.md with a real worker process that runs the
// plugin kit, and fails the test where the worker does not keep to them.
//
// The plugin is the same in every language: conformance/plugins has it for the
// launchers that come with Fondaco, and kit.py there is the one to translate
// for another language. An author's test is a few lines:
//
//	func TestWorker(t *testing.T) {
//		workertest.Run(t, workertest.Worker{Command: func(t testing.TB) *exec.Cmd {
//			return exec.Command("my-worker")
//		}})
//	}
package workertest
