package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	v1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

const cacheEntries = 10_000

// celFeatures let the compiler know everything; what is stored in a cluster is compiled so in any case.
var celFeatures = cel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true}

// NodeAnswer is what the allocator says of one node.
type NodeAnswer struct {
	Node           string                         `json:"node"`
	Allocated      bool                           `json:"allocated"`
	Devices        [][]string                     `json:"devices,omitempty"`
	Results        []resourceapi.AllocationResult `json:"results,omitempty"`
	Error          string                         `json:"error,omitempty"`
	ErrorNodeLocal bool                           `json:"error_node_local,omitempty"`
	TimedOut       bool                           `json:"timed_out,omitempty"`
}

func askNode(ctx context.Context, allocator structured.Allocator, node *v1.Node, claims []*resourceapi.ResourceClaim) NodeAnswer {
	answer := NodeAnswer{Node: node.Name}
	results, err := allocator.Allocate(ctx, node, claims)
	switch {
	case err != nil && ctx.Err() != nil:
		answer.TimedOut = true
	case err != nil:
		answer.Error = err.Error()
		answer.ErrorNodeLocal = errors.Is(err, structured.ErrFailedAllocationOnNode)
	case results != nil:
		answer.Allocated = true
		answer.Results = results
		answer.Devices = deviceNames(results)
	}
	return answer
}

// deviceNames gives each claim's devices as REQUEST=DRIVER/POOL/DEVICE.
func deviceNames(results []resourceapi.AllocationResult) [][]string {
	names := make([][]string, 0, len(results))
	for _, result := range results {
		devices := []string{}
		for _, each := range result.Devices.Results {
			devices = append(devices, fmt.Sprintf("%s=%s/%s/%s", each.Request, each.Driver, each.Pool, each.Device))
		}
		names = append(names, devices)
	}
	return names
}

// ClaimReport is what was measured for the claims of one pod.
type ClaimReport struct {
	Name     string `json:"name"`
	FirstFit Timing `json:"first_fit"`
	AllNodes Timing `json:"all_nodes"`
	// New is the part of both that NewAllocator takes.
	New Timing `json:"new_allocator"`
	// First is the node that fits first, with its devices; Fits the number of nodes that fit; Digest the hash of
	// all nodes' devices, one line a node.
	First  string `json:"first"`
	Fits   int    `json:"fits"`
	Digest string `json:"digest"`
}

func measureClaims(fleetPath, claimsPath string, settings Settings) (map[string]any, error) {
	cluster, err := readCluster(fleetPath)
	if err != nil {
		return nil, err
	}
	cel.NewCache(1, celFeatures).GetOrCompile("true") // The environment is built once in a process.
	lines, err := os.ReadFile(claimsPath)
	if err != nil {
		return nil, err
	}
	var reports []ClaimReport
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	scanner.Buffer(nil, 1<<26)
	for scanner.Scan() {
		var pod Cluster
		if err := json.Unmarshal(scanner.Bytes(), &pod); err != nil {
			return nil, err
		}
		report, err := measureClaim(cluster, &pod, settings)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pod.Name, err)
		}
		reports = append(reports, report)
	}
	return map[string]any{"claims": reports, "nodes": len(cluster.Nodes)}, scanner.Err()
}

func measureClaim(cluster, pod *Cluster, settings Settings) (ClaimReport, error) {
	report := ClaimReport{Name: pod.Name}
	ctx := context.Background()
	state, classes := cluster.inUse(), cluster.classes()
	// Every run compiles its selectors anew: a new claim has not been seen before.
	allocator := func() (structured.Allocator, error) {
		return structured.NewAllocator(ctx, cluster.Features.Features, state, classes, cluster.Slices, cel.NewCache(cacheEntries, celFeatures))
	}
	var err error
	if report.New, err = timed(settings, func() error { _, err := allocator(); return err }); err != nil {
		return report, err
	}
	report.FirstFit, err = timed(settings, func() error {
		answers, err := answersUntil(ctx, allocator, cluster, pod, true)
		report.First = lastFit(answers)
		return err
	})
	if err != nil {
		return report, err
	}
	var answers []NodeAnswer
	report.AllNodes, err = timed(settings, func() error {
		answers, err = answersUntil(ctx, allocator, cluster, pod, false)
		return err
	})
	report.Fits, report.Digest = digest(answers)
	return report, err
}

func answersUntil(
	ctx context.Context, allocator func() (structured.Allocator, error), cluster, pod *Cluster, stopAtFit bool,
) ([]NodeAnswer, error) {
	asked, err := allocator()
	if err != nil {
		return nil, err
	}
	var answers []NodeAnswer
	for _, node := range cluster.Nodes {
		answer := askNode(ctx, asked, node, pod.Claims)
		answers = append(answers, answer)
		if stopAtFit && (answer.Allocated || (answer.Error != "" && !answer.ErrorNodeLocal)) {
			break
		}
	}
	return answers, nil
}

func lastFit(answers []NodeAnswer) string {
	if len(answers) == 0 || !answers[len(answers)-1].Allocated {
		return ""
	}
	return nodeLine(answers[len(answers)-1])
}

func nodeLine(answer NodeAnswer) string {
	var claims []string
	for _, devices := range answer.Devices {
		claims = append(claims, strings.Join(devices, " "))
	}
	return answer.Node + ": " + strings.Join(claims, "; ")
}

func digest(answers []NodeAnswer) (int, string) {
	hash, fits := sha256.New(), 0
	for _, answer := range answers {
		if answer.Allocated {
			fits++
			fmt.Fprintln(hash, nodeLine(answer))
		}
	}
	return fits, hex.EncodeToString(hash.Sum(nil))
}
