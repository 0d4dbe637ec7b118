//go:build unix

package process

const workerVariable = "PROCESS_TEST_WORKER"

func runWorker(string) int { return 0 }
