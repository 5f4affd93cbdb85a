// Command read reads what is in deploy as those read it who run it, for the tests.
//
//	read compose FILE [--env-file FILE]   the project as JSON, by the loader of docker compose
//	read kustomize FOLDER                 the resources as YAML, by the builder of kustomize
//
// Variables of compose come from the environment, as docker compose takes them. What cannot be read
// is a line on stderr, and exit status 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	read, err := chosen(os.Args[1:])
	if err == nil {
		_, err = os.Stdout.Write(read)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "read: %v\n", err)
		os.Exit(1)
	}
}

func chosen(arguments []string) ([]byte, error) {
	switch {
	case len(arguments) == 2 && arguments[0] == "compose":
		return compose(arguments[1])
	case len(arguments) == 4 && arguments[0] == "compose" && arguments[2] == "--env-file":
		return compose(arguments[1], arguments[3])
	case len(arguments) == 2 && arguments[0] == "kustomize":
		return kustomize(arguments[1])
	}
	return nil, errors.New("compose FILE [--env-file FILE] | kustomize FOLDER")
}

func compose(file string, variables ...string) ([]byte, error) {
	options, err := cli.NewProjectOptions(
		[]string{file},
		cli.WithOsEnv,
		cli.WithEnvFiles(variables...),
		cli.WithDotEnv,
		cli.WithDefaultProfiles("*"), // those that are not chosen are read, too
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}

func kustomize(folder string) ([]byte, error) {
	builder := krusty.MakeKustomizer(krusty.MakeDefaultOptions())
	resources, err := builder.Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
