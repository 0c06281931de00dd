package main

import (
	"sort"
	"time"
)

// Timing is the median of some runs, in milliseconds.
type Timing struct {
	Milliseconds float64 `json:"ms"`
	Runs         int     `json:"runs"`
}

// What is short is measured more often: a few runs of less than a millisecond say more of the machine than of the code.
const (
	mostRuns  = 51
	shortTime = 50 * time.Millisecond
)

// timed repeats what is to be measured and takes the median of its times.
func timed(settings Settings, measured func() error) (Timing, error) {
	var times []time.Duration
	began := time.Now()
	for {
		passed := time.Since(began)
		isShort := len(times) < mostRuns && passed < shortTime
		if len(times) > 0 && !isShort && (len(times) >= settings.Runs || passed >= settings.Seconds) {
			break
		}
		start := time.Now()
		if err := measured(); err != nil {
			return Timing{}, err
		}
		times = append(times, time.Since(start))
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return Timing{float64(times[len(times)/2].Nanoseconds()) / 1e6, len(times)}, nil
}
