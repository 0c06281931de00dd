// Command peer asks the allocator and the CEL selectors of Kubernetes the questions that drapolicy is asked,
// so that both can be compared: their answers and their times.
//
//	peer cel FLEET SELECTORS      evaluate each selector (a JSON list of texts) on every device
//	peer allocate FLEET CLAIMS    allocate each pod's claims (JSON Lines): first fit, then all nodes
//	peer serve                    answer recorded cases, one JSON object a line
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"k8s.io/dynamic-resource-allocation/structured"
)

// Settings say how often something is measured.
type Settings struct {
	Runs int
	// Seconds is spent at most on repeating one measurement; it is made once in any case.
	Seconds time.Duration
}

func main() {
	runs := flag.Int("runs", 5, "how often each measurement is made")
	seconds := flag.Float64("seconds", 20, "stop repeating a measurement after so many seconds")
	flag.Parse()
	// The third implementation, "stable", takes pools from a Go map: its answer is random with more than one.
	structured.EnableAllocators("incubating", "experimental")
	settings := Settings{Runs: *runs, Seconds: time.Duration(*seconds * float64(time.Second))}
	if err := run(flag.Args(), settings); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(arguments []string, settings Settings) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "serve":
		return serve(os.Stdin, os.Stdout)
	case len(arguments) == 3 && arguments[0] == "cel":
		return print(measureSelectors(arguments[1], arguments[2], settings))
	case len(arguments) == 3 && arguments[0] == "allocate":
		return print(measureClaims(arguments[1], arguments[2], settings))
	}
	return fmt.Errorf("usage: peer [-runs N] [-seconds S] serve | cel FLEET SELECTORS | allocate FLEET CLAIMS")
}

// print writes one report as JSON, with the circumstances under which it was made.
func print(report map[string]any, err error) error {
	if err != nil {
		return err
	}
	report["gomaxprocs"] = runtime.GOMAXPROCS(0)
	report["go"] = runtime.Version()
	return json.NewEncoder(os.Stdout).Encode(report)
}
