package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/dynamic-resource-allocation/cel"
)

// SelectorReport is what was measured for one selector.
type SelectorReport struct {
	Expression string `json:"expression"`
	Compile    Timing `json:"compile"`
	// All is the time to evaluate all devices, without compiling.
	All     Timing `json:"all"`
	Matches int    `json:"matches"`
	Errors  int    `json:"errors"`
}

func measureSelectors(fleetPath, selectorsPath string, settings Settings) (map[string]any, error) {
	cluster, err := readCluster(fleetPath)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(selectorsPath)
	if err != nil {
		return nil, err
	}
	var expressions []string
	if err := json.Unmarshal(content, &expressions); err != nil {
		return nil, err
	}
	devices := cluster.devices()
	cel.GetCompiler(celFeatures).CompileCELExpression("true", cel.Options{})
	var reports []SelectorReport
	for _, expression := range expressions {
		report, err := measureSelector(expression, devices, settings)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return map[string]any{"selectors": reports, "devices": len(devices)}, nil
}

// devices are the CEL inputs of all devices, in the order of the slices.
func (c *Cluster) devices() []cel.Device {
	var devices []cel.Device
	for _, slice := range c.Slices {
		for _, device := range slice.Spec.Devices {
			devices = append(devices, cel.Device{
				Driver:                   slice.Spec.Driver,
				AllowMultipleAllocations: device.AllowMultipleAllocations,
				Attributes:               device.Attributes,
				Capacity:                 device.Capacity,
			})
		}
	}
	return devices
}

func measureSelector(expression string, devices []cel.Device, settings Settings) (SelectorReport, error) {
	report := SelectorReport{Expression: expression}
	var compiled cel.CompilationResult
	var err error
	report.Compile, err = timed(settings, func() error {
		compiled = cel.GetCompiler(celFeatures).CompileCELExpression(expression, cel.Options{DisableCostEstimation: true})
		if compiled.Error != nil {
			return fmt.Errorf("%s: %w", expression, compiled.Error)
		}
		return nil
	})
	if err != nil {
		return report, err
	}
	report.All, err = timed(settings, func() error {
		report.Matches, report.Errors = 0, 0
		for _, device := range devices {
			switch matches, _, err := compiled.DeviceMatches(context.Background(), device); {
			case err != nil:
				report.Errors++
			case matches:
				report.Matches++
			}
		}
		return nil
	})
	return report, err
}

// environmentType is which functions and fields an expression may use.
func environmentType(name string) *environment.Type {
	chosen := environment.StoredExpressions
	if name == "new" {
		chosen = environment.NewExpressions
	}
	return &chosen
}
