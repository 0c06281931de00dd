package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

// nodeTimeout ends a search that would take too long; the node's answer then says so.
const nodeTimeout = 2 * time.Second

// serve answers one line after the other; a line that is no case is answered with what is wrong with it.
func serve(input io.Reader, output io.Writer) error {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<28)
	writer := bufio.NewWriter(output)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	cache := cel.NewCache(cacheEntries, celFeatures)
	for lines.Scan() {
		if err := encoder.Encode(answerLine(lines.Bytes(), cache)); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

// answerLine answers one case. Objects that the API server would refuse can make the allocator panic.
func answerLine(line []byte, cache *cel.Cache) (answer any) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = map[string]any{"panic": fmt.Sprint(reason)}
		}
	}()
	var kind struct {
		Expression *string `json:"expression"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return invalid(err)
	}
	if kind.Expression != nil {
		return answerExpression(line)
	}
	return answerCase(line, cache)
}

func invalid(err error) map[string]any {
	return map[string]any{"invalid": err.Error()}
}

// answerCase allocates the claims of a case on each of its nodes.
func answerCase(line []byte, cache *cel.Cache) any {
	cluster, err := parseCluster(bytes.Clone(line))
	if err != nil {
		return invalid(err)
	}
	slices, err := cluster.taintedSlices()
	if err != nil {
		return invalid(err)
	}
	answers := []NodeAnswer{}
	for _, node := range cluster.Nodes {
		// An allocator keeps the counters of a pool as the first node sees them, also where other nodes see another
		// generation of it; each node is asked by itself.
		allocator, err := structured.NewAllocator(
			context.Background(), cluster.Features.Features, cluster.inUse(), cluster.classes(), slices, cache)
		if err != nil {
			answers = append(answers, NodeAnswer{Node: node.Name, Error: err.Error()})
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), nodeTimeout)
		answers = append(answers, askNode(ctx, allocator, node, cluster.Claims))
		cancel()
	}
	return map[string]any{"name": cluster.Name, "nodes": answers}
}

// CelCase is one expression on one device.
type CelCase struct {
	ID          string             `json:"id"`
	Driver      string             `json:"driver"`
	Device      resourceapi.Device `json:"device"`
	Expression  string             `json:"expression"`
	Environment string             `json:"env"`
	CostLimit   *uint64            `json:"costLimit"`
	Features    *struct {
		ConsumableCapacity bool
		ListTypeAttributes bool
	} `json:"features"`
}

func answerExpression(line []byte) map[string]any {
	var asked CelCase
	if err := json.Unmarshal(line, &asked); err != nil {
		return invalid(err)
	}
	features := celFeatures
	if asked.Features != nil {
		features.EnableConsumableCapacity = asked.Features.ConsumableCapacity
		features.EnableListTypeAttributes = asked.Features.ListTypeAttributes
	}
	options := cel.Options{EnvType: environmentType(asked.Environment), CostLimit: asked.CostLimit}
	compiled := cel.GetCompiler(features).CompileCELExpression(asked.Expression, options)
	if compiled.Error != nil {
		return map[string]any{"id": asked.ID, "compileError": compiled.Error.Detail}
	}
	answer := map[string]any{
		"id":               asked.ID,
		"outputType":       compiled.OutputType.String(),
		"estimatedMaxCost": compiled.MaxCost,
	}
	matches, details, err := compiled.DeviceMatches(context.Background(), cel.Device{
		Driver:                   asked.Driver,
		AllowMultipleAllocations: asked.Device.AllowMultipleAllocations,
		Attributes:               asked.Device.Attributes,
		Capacity:                 asked.Device.Capacity,
	})
	if err != nil {
		answer["error"] = err.Error()
	} else {
		answer["result"] = matches
	}
	if details != nil && details.ActualCost() != nil {
		answer["actualCost"] = *details.ActualCost()
	}
	return answer
}
