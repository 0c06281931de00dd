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

// timed repeats what is to be measured and takes the median of its times.
func timed(settings Settings, measured func() error) (Timing, error) {
	var times []time.Duration
	began := time.Now()
	for len(times) == 0 || (len(times) < settings.Runs && time.Since(began) < settings.Seconds) {
		start := time.Now()
		if err := measured(); err != nil {
			return Timing{}, err
		}
		times = append(times, time.Since(start))
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return Timing{float64(times[len(times)/2].Nanoseconds()) / 1e6, len(times)}, nil
}
